import type { Construct } from "constructs";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import type { Needs } from "../../contracts/needs";
import type { PodSecurity } from "../../contracts/pod-security";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { dcgmExporterValues, nodeFeatureDiscoveryValues } from "./values";

/** The chart's label of each of its programs. */
const discovery = { "app.kubernetes.io/name": "node-feature-discovery" } as const;

/** What GPU nodes tell of themselves: labels of what is built into them, and each GPU's figures where somebody watches. */
export class Gpu implements FoundationPart {
  readonly name = "gpu";
  readonly needs: Needs = {};
  readonly traffic: Traffic<never>;
  readonly podSecurity: PodSecurity = {
    standard: "privileged",
    because: "it reads the node's hardware in the node's own folders, and each GPU's counters with SYS_ADMIN",
  };

  /** @param watched whether somebody gathers figures; without them nobody asks the exporter */
  constructor(private readonly watched: boolean) {
    this.traffic = {
      labeller: { labels: { ...discovery, role: "master" }, uses: ["kubernetes-api"] },
      discovery: { labels: { ...discovery, role: "worker" }, uses: ["kubernetes-api"] },
      ...(watched
        ? {
            exporter: {
              labels: { "app.kubernetes.io/name": "dcgm-exporter" },
              metrics: { port: 9400, path: "/metrics" },
            },
          }
        : {}),
    };
  }

  install(scope: Construct, context: PartContext): void {
    const { gpu } = context.cluster;
    if (!gpu) throw new Error("the cluster has no nodes with GPUs, and the environment says that it has");
    const { namespace } = context;
    new HelmChart(scope, "features", {
      chart: context.chart(charts.nodeFeatureDiscovery),
      name: "node-feature-discovery",
      namespace,
      values: nodeFeatureDiscoveryValues(context, gpu),
    });
    if (!this.watched) return;
    new HelmChart(scope, "exporter", {
      chart: context.chart(charts.dcgmExporter),
      name: "dcgm-exporter",
      namespace,
      values: dcgmExporterValues(context, gpu),
    });
  }
}

import type { Construct } from "constructs";
import type { FoundationPart, Observability, PartContext } from "../../contracts/foundation";
import { foundationNamespace } from "../../contracts/names";
import type { Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { alloyValues } from "./alloy";
import { lokiValues } from "./loki";

/** Loki keeps the logs of the platform's pods, in a bucket of its own; Alloy gathers them. Grafana is where one looks. */
export class Logging implements FoundationPart {
  readonly name = "logging";
  readonly needs: Needs = { buckets: ["logs"], serviceAccounts: [{ name: "loki", buckets: ["logs"] }] };
  readonly traffic: Traffic<never> = {
    loki: {
      labels: { "app.kubernetes.io/name": "loki" },
      answers: { logs: [3100] },
      metrics: { port: 3100, path: "/metrics" },
      // Its parts find each other as those of many would.
      calls: { loki: [7946, 9095] },
      uses: ["buckets"],
    },
    alloy: {
      labels: { "app.kubernetes.io/name": "alloy" },
      metrics: { port: 12345, path: "/metrics" },
      uses: ["logs", "kubernetes-api"],
    },
  };

  constructor(private readonly settings: Observability) {}

  install(scope: Construct, context: PartContext): void {
    const { namespace, parts } = context;
    const loki = new HelmChart(scope, "loki", {
      chart: context.chart(charts.loki),
      name: "loki",
      namespace,
      values: lokiValues(context, this.settings.logsDays),
    });
    new HelmChart(scope, "alloy", {
      chart: context.chart(charts.alloy),
      name: "alloy",
      namespace,
      values: alloyValues(context, [foundationNamespace, ...parts.map(({ name }) => name)]),
      after: [loki],
    });
  }
}

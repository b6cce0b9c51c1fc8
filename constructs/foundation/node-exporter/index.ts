import type { Construct } from "constructs";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import type { Needs } from "../../contracts/needs";
import type { PodSecurity } from "../../contracts/pod-security";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts, images } from "../../pins";
import { nodeExporterValues } from "./values";

/** The figures of each node: memory, disks, processors. In a namespace of its own, because of what it may see. */
export class NodeExporter implements FoundationPart {
  readonly name = "node-exporter";
  readonly needs: Needs = {};
  readonly traffic: Traffic<never> = {
    // In the node's own network, where no policy closes or opens a port.
    exporter: {
      labels: { "app.kubernetes.io/name": "prometheus-node-exporter" },
      metrics: { port: 9100, path: "/metrics" },
    },
  };
  readonly podSecurity: PodSecurity = {
    standard: "privileged",
    because: "it reads the node's own network, processes and disks, without a privilege inside its container",
  };

  install(scope: Construct, context: PartContext): void {
    new HelmChart(scope, "exporter", {
      chart: context.chart(charts.nodeExporter),
      name: this.name,
      namespace: context.namespace,
      values: nodeExporterValues(context.image(images.nodeExporter), context.cluster.scale),
    });
  }
}

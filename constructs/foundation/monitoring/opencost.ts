import type { PartContext } from "../../contracts/foundation";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { images } from "../../pins";
import { type Resources, resources, restrictedContainer, restrictedPod } from "../pods";
import { priorities } from "../scheduling/priorities";
import { prometheusUrl } from "./values";

/** The values of OpenCost's chart that this part sets. */
export interface OpenCostValues {
  readonly fullnameOverride: "opencost";
  readonly priorityClassName: string;
  readonly podSecurityContext: typeof restrictedPod & { readonly runAsUser: number };
  readonly opencost: {
    readonly exporter: {
      readonly image: RegistryImage;
      readonly defaultClusterId: string;
      readonly resources: Resources;
      readonly securityContext: typeof restrictedContainer;
    };
    readonly prometheus: {
      readonly internal: { readonly enabled: false };
      readonly external: { readonly enabled: true; readonly url: string };
    };
    readonly metrics: {
      readonly serviceMonitor: { readonly enabled: true };
      readonly kubeStateMetrics: { readonly emitKsmV1Metrics: false; readonly emitKsmV1MetricsOnly: true };
    };
    readonly ui: { readonly enabled: false };
    readonly mcp: { readonly enabled: false };
  };
}

/** What nodes, volumes and pods cost by the hour: by the cloud's prices, and where there is none by the chart's own. */
export function openCostValues(context: PartContext): OpenCostValues {
  return {
    fullnameOverride: "opencost",
    priorityClassName: priorities.tools,
    podSecurityContext: { ...restrictedPod, runAsUser: 1001 },
    opencost: {
      exporter: {
        image: inRegistry(context.image(images.openCost)),
        defaultClusterId: "open-mlops",
        // While it reads the cloud's price list it takes much more than after.
        resources: resources(context.cluster.scale, 20, 128, 1024),
        securityContext: restrictedContainer,
      },
      prometheus: { internal: { enabled: false }, external: { enabled: true, url: prometheusUrl } },
      metrics: {
        serviceMonitor: { enabled: true },
        // It would tell much of what kube-state-metrics tells once more, and every sum of it would be double.
        kubeStateMetrics: { emitKsmV1Metrics: false, emitKsmV1MetricsOnly: true },
      },
      // Grafana shows its figures; a page and an interface for language models that ask nobody who they are stay closed.
      ui: { enabled: false },
      mcp: { enabled: false },
    },
  };
}

import type { GpuNodes, ImageReference } from "../../contracts/cluster-profile";
import type { PartContext } from "../../contracts/foundation";
import { images } from "../../pins";
import { type Resources, resources } from "../pods";
import { priorities } from "../scheduling/priorities";

/** Where pods run that look at GPU nodes, and at no others. */
interface OnGpuNodes {
  readonly nodeSelector: GpuNodes["nodeSelector"];
  readonly tolerations: GpuNodes["tolerations"];
}

export interface NodeFeatureDiscoveryValues {
  readonly image: ImageReference;
  readonly priorityClassName: string;
  readonly postDeleteCleanup: false;
  readonly master: { readonly resources: Resources };
  readonly worker: OnGpuNodes & { readonly resources: Resources };
  readonly gc: { readonly enable: false };
}

export interface DcgmExporterValues extends OnGpuNodes {
  readonly image: ImageReference;
  readonly priorityClassName: string;
  readonly serviceMonitor: { readonly enabled: false };
  readonly resources: Resources;
}

/** Labels such as `feature.node.kubernetes.io/pci-0302_10de.present`, by which a pod can ask for a kind of node. */
export function nodeFeatureDiscoveryValues(
  { cluster, image }: PartContext,
  { nodeSelector, tolerations }: GpuNodes,
): NodeFeatureDiscoveryValues {
  return {
    image: image(images.nodeFeatureDiscovery),
    priorityClassName: priorities.tools,
    // Labels go with their nodes. The chart's other way is a job that asks the API server when all else is gone.
    postDeleteCleanup: false,
    master: { resources: resources(cluster.scale, 20, 64, 256) },
    worker: { nodeSelector, tolerations, resources: resources("regular", 10, 48, 128) },
    // What a node has said is owned by its pod, and goes with it.
    gc: { enable: false },
  };
}

export function dcgmExporterValues(
  { image }: PartContext,
  { nodeSelector, tolerations }: GpuNodes,
): DcgmExporterValues {
  return {
    image: image(images.dcgmExporter),
    priorityClassName: priorities.tools,
    // The figures are declared, and gathered from there.
    serviceMonitor: { enabled: false },
    nodeSelector,
    tolerations,
    resources: resources("regular", 50, 128, 512),
  };
}

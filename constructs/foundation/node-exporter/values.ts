import type { ImageReference, Scale } from "../../contracts/cluster-profile";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { type Resources, resources, restrictedContainer, restrictedPod } from "../pods";
import { priorities } from "../scheduling/priorities";

/** The values of the node exporter's chart that this part sets. */
export interface NodeExporterValues {
  readonly fullnameOverride: string;
  readonly image: RegistryImage;
  readonly priorityClassName: string;
  readonly resources: Resources;
  readonly service: { readonly enabled: false };
  readonly securityContext: typeof restrictedPod & { readonly runAsUser: number; readonly runAsGroup: number };
  readonly containerSecurityContext: typeof restrictedContainer & { readonly readOnlyRootFilesystem: true };
  readonly tolerations: readonly { readonly operator: "Exists" }[];
}

export function nodeExporterValues(image: ImageReference, scale: Scale): NodeExporterValues {
  const user = 65534;
  return {
    fullnameOverride: "node-exporter",
    image: inRegistry(image),
    priorityClassName: priorities.tools,
    resources: resources(scale, 20, 32, 128),
    // Each pod is asked by itself.
    service: { enabled: false },
    // It looks at the node, and that as nobody.
    securityContext: { ...restrictedPod, runAsUser: user, runAsGroup: user },
    containerSecurityContext: { ...restrictedContainer, readOnlyRootFilesystem: true },
    // Nodes that are kept for GPUs too.
    tolerations: [{ operator: "Exists" }],
  };
}

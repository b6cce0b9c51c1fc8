import type { ImageReference, Scale } from "../../contracts/cluster-profile";
import type { PartContext } from "../../contracts/foundation";
import { images } from "../../pins";
import { type Resources, resources } from "../pods";
import { priorities } from "../scheduling/priorities";

/** The chart's values, as far as they are set here. */
export interface ExternalSecretsValues {
  readonly image: ImageReference;
  readonly priorityClassName: string;
  readonly resources: Resources;
  readonly leaderElect: boolean;
  readonly readinessProbe: { readonly enabled: boolean };
  readonly webhook: { readonly create: boolean };
  readonly certController: { readonly create: boolean };
  readonly processClusterExternalSecret: boolean;
  readonly processClusterPushSecret: boolean;
  readonly processClusterGenerator: boolean;
  readonly crds: {
    readonly createClusterExternalSecret: boolean;
    readonly createClusterPushSecret: boolean;
    readonly createClusterGenerator: boolean;
  };
  readonly rbac: {
    readonly serviceAccountTokenCreate: boolean;
    readonly servicebindings: { readonly create: boolean };
    readonly aggregateToView: boolean;
    readonly aggregateToEdit: boolean;
    readonly aggregateToAdmin: boolean;
  };
}

export function externalSecretsValues({ cluster, image }: PartContext): ExternalSecretsValues {
  return {
    image: image(images.externalSecrets),
    priorityClassName: priorities.foundation,
    resources: operatorResources(cluster.scale),
    leaderElect: false,
    readinessProbe: { enabled: true },
    // It would check objects that people write; ours are checked before they are deployed. Without it nothing has to be
    // ready before the first of them, and two pods less run.
    webhook: { create: false },
    certController: { create: false },
    // Kinds that reach over all namespaces: nobody here writes them.
    processClusterExternalSecret: false,
    processClusterPushSecret: false,
    processClusterGenerator: false,
    crds: { createClusterExternalSecret: false, createClusterPushSecret: false, createClusterGenerator: false },
    rbac: {
      // With it the operator could become any account of the cluster. A role lets it become the store's alone.
      serviceAccountTokenCreate: false,
      servicebindings: { create: false },
      // Who may edit a namespace should not read the platform's secrets through it.
      aggregateToView: false,
      aggregateToEdit: false,
      aggregateToAdmin: false,
    },
  };
}

function operatorResources(scale: Scale): Resources {
  return resources(scale, 40, 128, 256);
}

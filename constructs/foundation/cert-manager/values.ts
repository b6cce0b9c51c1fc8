import type { ImageReference } from "../../contracts/cluster-profile";
import { proofWriter } from "../../contracts/edge";
import type { PartContext } from "../../contracts/foundation";
import { images } from "../../pins";
import { type Resources, resources } from "../pods";
import { priorities } from "../scheduling/priorities";

/** The values of cert-manager's chart that this part sets. Its pods are restricted by themselves. */
export interface CertManagerValues {
  readonly crds: { readonly enabled: true; readonly keep: false };
  readonly global: { readonly leaderElection: { readonly namespace: string }; readonly priorityClassName: string };
  readonly image: ImageReference;
  readonly serviceAccount: { readonly create: false; readonly name: string };
  readonly automountServiceAccountToken: true;
  readonly dns01RecursiveNameserversOnly: true;
  readonly resources: Resources;
  readonly webhook: { readonly image: ImageReference; readonly resources: Resources };
  readonly cainjector: { readonly image: ImageReference; readonly resources: Resources };
  readonly startupapicheck: { readonly image: ImageReference; readonly resources: Resources };
  readonly acmesolver: { readonly image: ImageReference };
}

export function certManagerValues({ cluster: { scale }, namespace, image }: PartContext): CertManagerValues {
  return {
    // By itself the chart leaves its definitions behind, and a destroyed platform would not be gone.
    crds: { enabled: true, keep: false },
    // Beside its pods, and not in kube-system, which is somebody else's.
    global: { leaderElection: { namespace }, priorityClassName: priorities.foundation },
    image: image(images.certManagerController),
    // Made by the platform: a cloud may give it the right to write proofs.
    serviceAccount: { create: false, name: proofWriter.serviceAccount },
    automountServiceAccountToken: true,
    // Whether the proof is there, the cluster's DNS is asked: no pod here may ask name servers of the internet.
    dns01RecursiveNameserversOnly: true,
    resources: resources(scale, 20, 64, 256),
    webhook: { image: image(images.certManagerWebhook), resources: resources(scale, 10, 32, 128) },
    cainjector: { image: image(images.certManagerCaInjector), resources: resources(scale, 10, 64, 256) },
    startupapicheck: { image: image(images.certManagerStartCheck), resources: resources(scale, 10, 32, 64) },
    // It answers proofs over HTTP, which are not used; named all the same, so that none comes from outside a mirror.
    acmesolver: { image: image(images.certManagerAcmeSolver) },
  };
}

import type { ImageReference, Scale } from "../contracts/cluster-profile";
import type { Sources } from "../contracts/sources";
import { type Resources, resources, restrictedContainer } from "../foundation/pods";
import { priorities } from "../foundation/scheduling/priorities";
import { images } from "../pins";

/** The release's name, which the chart gives to what it makes. */
export const storeRelease = "seaweedfs";
/** Where clients find the store. */
export const storeService = `${storeRelease}-all-in-one`;
export const storePort = 8333;

/** The values of the SeaweedFS chart that this place sets. */
export interface SeaweedfsValues {
  readonly image: ImageReference;
  readonly global: {
    readonly seaweedfs: { readonly createClusterRole: false; readonly automountServiceAccountToken: false };
  };
  // The parts that one pod plays together.
  readonly master: { readonly enabled: false; readonly volumeSizeLimitMB: number };
  readonly volume: { readonly enabled: false };
  readonly filer: {
    readonly enabled: false;
    readonly podSecurityContext: PodSecurity;
    readonly containerSecurityContext: ContainerSecurity;
  };
  readonly networkPolicy: { readonly enabled: false };
  readonly allInOne: {
    readonly enabled: true;
    readonly serviceAccountName: string;
    readonly priorityClassName: string;
    readonly s3: {
      readonly enabled: true;
      readonly enableAuth: true;
      readonly existingConfigSecret: string;
      readonly createBuckets: readonly { readonly name: string }[];
      readonly createBucketsHook: { readonly resources: Resources };
    };
    readonly data: { readonly type: "persistentVolumeClaim"; readonly size: string; readonly storageClass: string };
    readonly podSecurityContext: PodSecurity;
    readonly containerSecurityContext: ContainerSecurity;
    readonly resources: Resources;
  };
}

type PodSecurity = typeof podSecurity;
type ContainerSecurity = typeof containerSecurity;

const user = 1000;
const podSecurity = {
  enabled: true,
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
} as const;
const containerSecurity = { enabled: true, ...restrictedContainer } as const;

export function seaweedfsValues(props: {
  readonly image: Sources["image"];
  readonly storageGiB: number;
  readonly storageClass: string;
  readonly scale: Scale;
  readonly buckets: readonly string[];
  readonly identitiesSecret: string;
}): SeaweedfsValues {
  return {
    image: props.image(images.seaweedfs),
    global: { seaweedfs: { createClusterRole: false, automountServiceAccountToken: false } },
    // The disk is cut into volumes of this size, and each bucket takes several at once: with the default of 1 GB a small
    // disk has none left for the second bucket.
    master: { enabled: false, volumeSizeLimitMB: Math.max(64, props.storageGiB * 10) },
    volume: { enabled: false },
    // The job that makes buckets has its security context from here.
    filer: { enabled: false, podSecurityContext: podSecurity, containerSecurityContext: containerSecurity },
    // The platform's own policies are the only ones; the chart's would let the store's pods reach each other's ports.
    networkPolicy: { enabled: false },
    allInOne: {
      enabled: true,
      serviceAccountName: "seaweedfs",
      priorityClassName: priorities.foundation,
      s3: {
        enabled: true,
        enableAuth: true,
        existingConfigSecret: props.identitiesSecret,
        createBuckets: props.buckets.map((name) => ({ name })),
        createBucketsHook: { resources: resources(props.scale, 100, 128, 512) },
      },
      data: { type: "persistentVolumeClaim", size: `${props.storageGiB}Gi`, storageClass: props.storageClass },
      podSecurityContext: podSecurity,
      containerSecurityContext: containerSecurity,
      resources: resources(props.scale, 250, 512, 2048),
    },
  };
}

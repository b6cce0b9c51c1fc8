import type { BucketAccess, Scale } from "../contracts/cluster-profile";
import type { SecretRef } from "../contracts/component";

/** The parts of a pod that the values of several charts have in common. */

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: SecretSource;
}

export interface SecretSource {
  readonly secretKeyRef: SecretRef;
}

/** Memory is limited, processors are not: a limit on them slows work down while they stand idle. */
export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/**
 * What a tool's container is guaranteed, and its limit. On a small cluster a quarter of the processor and half the
 * memory are guaranteed, so that everything finds room; the limits stay, because a tool needs what it needs.
 *
 * @param millicores thousandths of a processor, guaranteed
 * @param mebibytes memory, guaranteed
 * @param limit memory, at most
 */
export function resources(scale: Scale, millicores: number, mebibytes: number, limit: number): Resources {
  const small = scale === "small";
  return {
    requests: { cpu: `${Math.ceil(millicores / (small ? 4 : 1))}m`, memory: memory(mebibytes / (small ? 2 : 1)) },
    limits: { memory: memory(limit) },
  };
}

function memory(mebibytes: number): string {
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${Math.ceil(mebibytes)}Mi`;
}

/** A value that is read from a secret in the pod's namespace, so that no manifest holds it. */
export function fromSecret({ name, key }: SecretRef): SecretSource {
  return { secretKeyRef: { name, key } };
}

/** An environment as Kubernetes lists it. */
export function envList(env: Readonly<Record<string, string>>): EnvVar[] {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** What a pod needs to open its buckets, as Kubernetes lists it. */
export function bucketEnv({ env, secretEnv }: BucketAccess): EnvVar[] {
  return [...envList(env), ...Object.entries(secretEnv).map(([name, ref]) => ({ name, valueFrom: fromSecret(ref) }))];
}

/**
 * Annotations of pods with somebody's work in them, which would be lost. Their node is not emptied to save money; when
 * the work is over, the pod goes by itself. One of them is the cluster autoscaler's, the other Karpenter's.
 */
export const stayingPod = {
  "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
  "karpenter.sh/do-not-disrupt": "true",
} as const;

/** The user that our own images run as. */
export const imageUser = 1000;

/** What the restricted pod security standard asks of a container. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
} as const;

/** What the restricted pod security standard asks of a pod. */
export const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;

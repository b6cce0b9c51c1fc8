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

export function resources(cpu: string, memory: string, memoryLimit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** A value that is read from a secret in the pod's namespace, so that no manifest holds it. */
export function fromSecret({ name, key }: SecretRef): SecretSource {
  return { secretKeyRef: { name, key } };
}

/** An environment as Kubernetes lists it. */
export function envList(env: Readonly<Record<string, string>>): EnvVar[] {
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** The user that our own images run as. */
export const imageUser = 1000;

/** What the restricted pod security standard asks of a container. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
} as const;

/** What the restricted pod security standard asks of a pod. */
export const restrictedPod = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } as const;

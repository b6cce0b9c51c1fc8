import { setTimeout as sleep } from "node:timers/promises";
import { DeploymentError } from "./errors";
import type { Kubectl, KubernetesObject } from "./kubectl";
import type { Rotation } from "./rotation-plan";

/** A server that reads secrets, as it was before they were changed. */
export interface Reader {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly generation: number;
  /** The rotated secrets that it reads. */
  readonly secrets: readonly string[];
}

interface Server extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & { readonly generation?: number };
  readonly spec?: { readonly replicas?: number; readonly template?: unknown };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** Deployments and stateful sets whose pods read one of the secrets: those that Reloader starts again. */
export async function readersOf(kubectl: Kubectl, rotations: readonly Rotation[]): Promise<Reader[]> {
  const namespaces = [...new Set(rotations.flatMap(({ copies }) => copies))].sort();
  const found = await Promise.all(
    namespaces.map(async (namespace) => {
      const servers = await kubectl.list<Server>("deployments,statefulsets", "--namespace", namespace);
      return servers.map(({ kind, metadata, spec }) => ({
        kind,
        namespace,
        name: metadata.name,
        generation: metadata.generation ?? 0,
        secrets: rotations
          .filter(({ name, copies }) => copies.includes(namespace) && readsSecret(spec?.template, name))
          .map(({ name }) => name),
      }));
    }),
  );
  return found.flat().filter(({ secrets }) => secrets.length > 0);
}

/** Whether a pod reads a secret: by a variable, all its keys as variables, or a volume. */
function readsSecret(value: unknown, secret: string): boolean {
  if (value === null || typeof value !== "object") return false;
  return Object.entries(value).some(([key, inner]) => {
    const named = inner as { name?: unknown; secretName?: unknown } | null;
    const refers = ["secretKeyRef", "secretRef", "secret"].includes(key) && typeof named === "object";
    return (refers && (named?.name === secret || named?.secretName === secret)) || readsSecret(inner, secret);
  });
}

/**
 * Waits until each reader has been started again and its pods are available.
 *
 * @param patience milliseconds
 * @returns the readers, as `namespace/name`
 * @throws DeploymentError with those that were not
 */
export async function restartedReaders(
  kubectl: Kubectl,
  readers: readonly Reader[],
  say: (text: string) => void,
  patience: number,
): Promise<string[]> {
  const deadline = Date.now() + patience;
  for (;;) {
    const waiting: { readonly reader: Reader; readonly begun: boolean }[] = [];
    for (const reader of readers) {
      const [server] = await kubectl.list<Server>(
        reader.kind.toLowerCase(),
        reader.name,
        "--namespace",
        reader.namespace,
      );
      if (server && isStartedAgain(server, reader.generation)) continue;
      waiting.push({ reader, begun: (server?.metadata.generation ?? 0) > reader.generation });
    }
    if (waiting.length === 0) return readers.map(({ namespace, name }) => `${namespace}/${name}`);
    if (Date.now() > deadline) throw lateReaders(waiting, patience);
    say(waiting.map(({ reader }) => reader.name).join(", "));
    await sleep(1000);
  }
}

/** One that was started again and takes its time needs other help than one that was not. */
function lateReaders(
  waiting: readonly { readonly reader: Reader; readonly begun: boolean }[],
  patience: number,
): DeploymentError {
  return new DeploymentError(
    `not every server that reads the new values is ready after ${patience / 1000} s`,
    waiting.map(({ reader: { kind, namespace, name }, begun }) => {
      const command = `kubectl --namespace ${namespace} rollout ${begun ? "status" : "restart"} ${kind.toLowerCase()}/${name}`;
      return begun
        ? `${namespace}/${name} was started again and is not ready: ${command}`
        : `${namespace}/${name} was not started again, and \`kubectl --namespace reloader logs deployment/reloader\` says why: ${command}`;
    }),
  );
}

function isStartedAgain({ metadata, spec, status }: Server, before: number): boolean {
  const generation = metadata.generation ?? 0;
  const wanted = spec?.replicas ?? 1;
  const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = status ?? {};
  const isNew = generation > before && observedGeneration >= generation;
  return isNew && updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= wanted;
}

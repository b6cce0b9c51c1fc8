import * as http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import type { Kubectl, KubernetesObject } from "./kubectl";
import type { Deployed } from "./synthesize";

/** `http://service.namespace:port/path`, as an offer names it. */
export interface ServiceAddress {
  readonly service: string;
  readonly namespace: string;
  readonly port: number;
  readonly path: string;
}

export function serviceAddress(address: string): ServiceAddress {
  const { hostname, port, pathname } = new URL(address);
  const [service, namespace] = hostname.split(".");
  if (!service || !namespace)
    throw new Error(`${address} is not at a service; offer one like http://service.namespace`);
  return { service, namespace, port: Number(port) || 80, path: pathname };
}

/**
 * Waits until each tool answers: through its service where it offers a health address, by its pods where it does not.
 *
 * @throws DeploymentError that names every tool that does not, and why
 */
export async function waitUntilAnswering(
  kubectl: Kubectl,
  components: readonly Deployed[],
  board: Board,
  patience = 300_000,
): Promise<void> {
  const silent = await Promise.all(
    components.map(async ({ name, offer }) => {
      const row = `${name} answers`;
      board.running(row);
      const deadline = Date.now() + patience;
      for (;;) {
        const problem = await problemOf(kubectl, name, offer.health);
        if (!problem) {
          board.done(row, offer.health ?? "its pods are ready");
          return [];
        }
        if (Date.now() > deadline) {
          board.failed(row, problem);
          return [`${name}: ${problem}; see \`kubectl --namespace ${name} get pods\``];
        }
        board.running(row, problem);
        await sleep(1000);
      }
    }),
  );
  if (silent.flat().length > 0) throw new DeploymentError("Not every tool answers", silent.flat());
}

/** Why a tool does not answer; undefined where it does. */
export async function problemOf(kubectl: Kubectl, namespace: string, health?: string): Promise<string | undefined> {
  if (health === undefined) return unreadyPods(kubectl, namespace);
  const at = serviceAddress(health);
  try {
    const forward = await kubectl.forward(at.namespace, at.service, at.port);
    try {
      const status = await statusOf(forward.address + at.path, `${at.service}.${at.namespace}`);
      return status >= 200 && status < 300 ? undefined : `it answers ${status}`;
    } finally {
      forward.close();
    }
  } catch (error) {
    return (error as Error).message.split("\n")[0];
  }
}

/** With the name that code in the cluster uses: a server may refuse a host that it does not know. */
function statusOf(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers: { host }, timeout: 10_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once("timeout", () => request.destroy(new Error("no answer within 10 s")));
    request.once("error", reject);
  });
}

interface Pod extends KubernetesObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}
interface ContainerStatus {
  readonly state?: { readonly waiting?: { readonly reason?: string } };
}

/** What keeps pods of a namespace from being ready; jobs come and go, and are no part of what answers. */
export async function unreadyPods(kubectl: Kubectl, namespace: string): Promise<string | undefined> {
  try {
    const pods = await kubectl.list<Pod>("pods", "--namespace", namespace);
    if (pods.length === 0) return "it has no pods";
    const unready = pods.filter((pod) => !isOfJob(pod) && !isReady(pod));
    return unready.length === 0 ? undefined : unready.map(whyUnready).join(", ");
  } catch (error) {
    return (error as Error).message.split("\n")[0];
  }
}

/** Whether a pod is ready to answer. */
export function isReady(pod: KubernetesObject): boolean {
  const { status } = pod as Pod;
  return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false;
}

/** Whether a pod is to end: a job's, or one that has done its work. */
export function isOfJob({
  metadata,
  status,
}: KubernetesObject & { readonly status?: { readonly phase?: string } }): boolean {
  return status?.phase === "Succeeded" || (metadata.ownerReferences ?? []).some(({ kind }) => kind === "Job");
}

function whyUnready(pod: Pod): string {
  const waiting = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .map((container) => container.state?.waiting?.reason)
    .find((reason) => reason !== undefined && reason !== "PodInitializing" && reason !== "ContainerCreating");
  return `pod ${pod.metadata.name} is ${waiting ?? pod.status?.phase ?? "unknown"}`;
}

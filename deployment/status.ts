import type { Role } from "../constructs/contracts/offers";
import { isOfJob, isReady, problemOf, unreadyPods } from "./answering";
import type { Kubectl, KubernetesObject } from "./kubectl";
import type { Synthesis } from "./synthesize";

/** One tool, or one part of what all of them stand on, as it is now. */
export interface ToolStatus {
  readonly component: string;
  readonly role: Role | "foundation";
  readonly state: "ready" | "not ready" | "absent";
  /** Pods that are ready, and all that should be. */
  readonly ready: number;
  readonly pods: number;
  /** Versions of the charts that are installed. */
  readonly version: string;
  /** Where code in the cluster finds a tool. */
  readonly address?: string;
  readonly run?: string;
  readonly open?: string;
  readonly reason?: string;
}

interface Pod extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}

/** Each tool of an environment: whether it is there, answers, and how it is opened. Then what they stand on, by namespace. */
export async function statusOf(kubectl: Kubectl, synthesis: Synthesis): Promise<ToolStatus[]> {
  const tools = synthesis.components.map(async ({ name, role, offer, way }) => ({
    ...(await inNamespace(kubectl, synthesis, name, () => problemOf(kubectl, name, offer.health))),
    role,
    address: offer.address,
    run: way?.run,
    open: way?.open,
  }));
  const foundation = synthesis.namespaces
    .filter((namespace) => !synthesis.components.some(({ name }) => name === namespace))
    .map(async (namespace) => ({
      ...(await inNamespace(kubectl, synthesis, namespace, () => unreadyPods(kubectl, namespace))),
      role: "foundation" as const,
    }));
  const parts = (await Promise.all(foundation))
    // A namespace with neither a chart nor pods holds what is started on a schedule, or nothing but objects.
    .filter(({ version, pods }) => version || pods > 0);
  return [...(await Promise.all(tools)), ...parts];
}

async function inNamespace(
  kubectl: Kubectl,
  { releases }: Synthesis,
  namespace: string,
  problem: () => Promise<string | undefined>,
): Promise<Omit<ToolStatus, "role">> {
  const pods = (await kubectl.list<Pod>("pods", "--namespace", namespace)).filter(
    // A job, or a user's server, is no part of the tool.
    (pod) => !isOfJob(pod) && !isPeoples(pod.metadata.labels),
  );
  const reason = pods.length === 0 ? "it has no pods" : await problem();
  const versions = releases.filter((release) => release.namespace === namespace).map(({ version = "" }) => version);
  return {
    component: namespace,
    state: pods.length === 0 ? "absent" : reason === undefined ? "ready" : "not ready",
    ready: pods.filter(isReady).length,
    pods: pods.length,
    version: [...new Set(versions)].filter(Boolean).join(", "),
    reason,
  };
}

/** Pods that people's work has made: servers, flow runs, Dask clusters, models. */
function isPeoples(labels: Readonly<Record<string, string>> = {}): boolean {
  return (
    labels["component"] === "singleuser-server" ||
    "prefect.io/flow-run-id" in labels ||
    "gateway.dask.org/cluster" in labels ||
    "seldon-deployment-id" in labels
  );
}

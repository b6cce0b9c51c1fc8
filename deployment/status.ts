import type { Role } from "../constructs/contracts/offers";
import { isReady, problemOf } from "./answering";
import type { Kubectl, KubernetesObject } from "./kubectl";
import type { Synthesis } from "./synthesize";

/** One tool as it is now. */
export interface ToolStatus {
  readonly component: string;
  readonly role: Role;
  readonly state: "ready" | "not ready" | "absent";
  /** Pods that are ready, and all that should be. */
  readonly ready: number;
  readonly pods: number;
  /** Versions of the charts that are installed. */
  readonly version: string;
  readonly address: string;
  readonly run?: string;
  readonly open?: string;
  readonly reason?: string;
}

interface Pod extends KubernetesObject {
  readonly status?: { readonly phase?: string };
}

/** Each tool of an environment: whether it is there, answers, and how it is opened. */
export async function statusOf(kubectl: Kubectl, synthesis: Synthesis): Promise<ToolStatus[]> {
  return Promise.all(
    synthesis.components.map(async ({ name, role, offer, way }) => {
      const pods = (await kubectl.list<Pod>("pods", "--namespace", name)).filter(
        // A job that is done, or a user's server, is no part of the tool.
        ({ status, metadata }) => status?.phase !== "Succeeded" && !isPeoples(metadata.labels),
      );
      const ready = pods.filter(isReady).length;
      const reason = pods.length === 0 ? "it has no pods" : await problemOf(kubectl, name, offer.health);
      const releases = synthesis.releases.filter((release) => release.namespace === name && release.version);
      return {
        component: name,
        role,
        state: pods.length === 0 ? "absent" : reason === undefined ? "ready" : "not ready",
        ready,
        pods: pods.length,
        version: [...new Set(releases.map(({ version = "" }) => version))].join(", "),
        address: offer.address,
        run: way?.run,
        open: way?.open,
        reason,
      };
    }),
  );
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

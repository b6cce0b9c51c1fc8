import type { Part } from "../../contracts/foundation";
import { foundationNamespace } from "../../contracts/names";
import type { Role } from "../../contracts/offers";
import { priorities } from "../scheduling/priorities";

/** Kept room waits by design: in a cluster that is full it waits for ever, and it is nobody's pod. */
const keptRoom = `kube_pod_info{priority_class="${priorities.placeholders}"}`;

/** The namespaces that dashboards and alerts speak of. In a cluster that others share, theirs are no business of these. */
export interface Watched {
  /** All of the platform's, as a regular expression. */
  readonly all: string;
  of(role: Role): string;
  /** Pods that wait, as PromQL: a series each with its `namespace` and `pod`. */
  readonly waiting: string;
}

export function watched(parts: readonly Part[]): Watched {
  const all = [foundationNamespace, ...parts.map(({ name }) => name)].join("|");
  return {
    all,
    waiting: `(max by (namespace, pod) (kube_pod_status_phase{namespace=~"${all}",phase="Pending"}) > 0 unless on (namespace, pod) ${keptRoom})`,
    of(role) {
      const found = parts.find((part) => part.role === role);
      if (!found) throw new Error(`no component plays ${role}, so nothing can be watched of it`);
      return found.name;
    },
  };
}

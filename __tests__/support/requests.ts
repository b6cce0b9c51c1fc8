import type { JsonObject } from "../../constructs/contracts/json";
import { type Requested, requestOf, sum, times } from "../../cost/requests";
import type { KubernetesObject } from "./helm";

/** What a rendered object keeps running, beside what runs on every node; nothing for what ends. */
export function ofObject({ kind, ...object }: KubernetesObject): Requested[] {
  if (kind !== "Deployment" && kind !== "StatefulSet") return [];
  const { replicas = 1, template } = object["spec"] as unknown as {
    replicas?: number;
    template: { spec: { containers: readonly { resources?: { requests?: JsonObject } }[] } };
  };
  const each = template.spec.containers.map(({ resources }) => ({ ...requestOf(resources?.requests ?? {}), pods: 0 }));
  return [times({ ...sum(each), pods: 1 }, replicas)];
}

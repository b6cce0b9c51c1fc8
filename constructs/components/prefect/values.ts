import type { ClusterContext } from "../../contracts/component";
import type { PrefectOptions } from ".";

export interface PrefectServerValues {
  readonly postgresql: { readonly enabled: false };
}

export interface PrefectWorkerValues {
  readonly worker: { readonly apiConfig: "selfHostedServer" };
}

export function prefectServerValues(_context: ClusterContext<"tracking" | "serving" | "compute">): PrefectServerValues {
  return { postgresql: { enabled: false } };
}

export function prefectWorkerValues(
  _context: ClusterContext<"tracking" | "serving" | "compute">,
  _options: PrefectOptions,
  _api: string,
): PrefectWorkerValues {
  return { worker: { apiConfig: "selfHostedServer" } };
}

import type { ClusterContext } from "../../contracts/component";
import type { JupyterhubOptions } from ".";

/** The values of the JupyterHub chart that this component sets. */
export interface JupyterhubValues {
  readonly proxy: { readonly service: { readonly type: "ClusterIP" } };
}

export function jupyterhubValues(
  _context: ClusterContext<"tracking" | "workflow" | "serving" | "compute">,
  _options: JupyterhubOptions,
): JupyterhubValues {
  return { proxy: { service: { type: "ClusterIP" } } };
}

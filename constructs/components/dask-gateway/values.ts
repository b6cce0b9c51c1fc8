import type { ClusterContext } from "../../contracts/component";
import type { DaskGatewayOptions } from ".";

export interface DaskGatewayValues {
  readonly traefik: { readonly service: { readonly type: "ClusterIP" } };
}

export function daskGatewayValues(
  _context: ClusterContext<"tracking">,
  _options: DaskGatewayOptions,
): DaskGatewayValues {
  return { traefik: { service: { type: "ClusterIP" } } };
}

import type { ClusterContext } from "../../contracts/component";

export interface SeldonValues {
  readonly crd: { readonly create: boolean };
}

export function seldonValues(_context: ClusterContext<"tracking">): SeldonValues {
  return { crd: { create: true } };
}

import type { ClusterContext } from "../../contracts/component";
import { images } from "../../pins";

/** The values of the community chart that this component sets. */
export interface MlflowValues {
  readonly fullnameOverride: string;
  readonly replicaCount: number;
}

export function mlflowValues(_context: ClusterContext, replicas: number): MlflowValues {
  void images;
  return { fullnameOverride: "mlflow", replicaCount: replicas };
}

import type { Resources } from "../foundation/pods";
import type { Metadata } from "./metadata";

/** A Postgres server of one or more instances. */
export interface PostgresCluster {
  readonly apiVersion: "postgresql.cnpg.io/v1";
  readonly kind: "Cluster";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly instances: number;
    readonly priorityClassName: string;
    readonly imageName: string;
    readonly storage: { readonly size: string; readonly storageClass: string };
    readonly resources: Resources;
    readonly enableSuperuserAccess: boolean;
    readonly enablePDB: boolean;
  };
}

import type { JsonObject } from "./json";

/**
 * What a platform may ask of its cluster. A new EKS cluster answers from its own resources, a cluster that already
 * exists from what it was told; components cannot tell which.
 */
export interface ClusterProfile {
  readonly connection: ClusterConnection;
  /** The class that volumes of people and tools use. */
  readonly storageClass: StorageClass;
  /** A bucket declared in a component's `needs.buckets`, or the shared one (`component` absent). */
  bucket(name: string, component?: string): Bucket;
  /** The database declared by a component's `needs.database`. */
  database(component: string): Database;
  /** How the job that makes databases and users signs in to the server. Absent when no component needs a database. */
  readonly databaseAdmin?: DatabaseAdmin;
  /** What a service account must carry to be its identity: annotations for IRSA, nothing where Pod Identity does it. */
  serviceAccountAnnotations(component: string, serviceAccount: string): Readonly<Record<string, string>>;
  /** Nodes with GPUs; absent where there are none. */
  readonly gpu?: GpuNodes;
  /** Where the project's own images are. */
  readonly images: ProjectImages;
}

/** How the helm and kubernetes providers sign in. Never a token: one in state is dead after 15 minutes. */
export interface ClusterConnection {
  readonly host: string;
  /** PEM, base64 encoded, as EKS gives it. */
  readonly caCertificate: string;
  readonly exec: { readonly command: string; readonly args: readonly string[] };
}

export interface StorageClass {
  readonly name: string;
  /** The class to make, or absent where it is already there. */
  readonly create?: { readonly provisioner: string; readonly parameters: Readonly<Record<string, string>> };
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  /** `s3://…`, without a trailing slash. */
  readonly uri: string;
}

export interface Database {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
}

/** The master user's secret in the cloud's store, which the job reads with its own identity. */
export interface DatabaseAdmin {
  readonly host: string;
  readonly port: number;
  readonly secretArn: string;
  readonly region: string;
  /** The service account that may read the secret, in the foundation's namespace. */
  readonly serviceAccount: string;
}

export interface GpuNodes {
  /** GPUs on one node. */
  readonly perNode: number;
  readonly resource: "nvidia.com/gpu";
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly (JsonObject & { key: string; operator: string; effect: string })[];
}

/** Images built from `toolbox/`: repository and tag of each. */
export interface ProjectImages {
  readonly toolbox: ImageReference;
  readonly serving: ImageReference;
}

export interface ImageReference {
  readonly repository: string;
  readonly tag: string;
}

import type { Construct } from "constructs";
import type { SecretRef } from "./component";
import type { Edge } from "./edge";
import type { Part } from "./foundation";
import type { JsonObject } from "./json";
import type { Sources } from "./sources";
import type { ClusterNetwork } from "./traffic";

/**
 * What a platform may ask of its cluster. A new EKS cluster answers from its own resources, a cluster that already
 * exists from what it was told; components cannot tell which.
 */
export interface ClusterProfile {
  readonly connection: ClusterConnection;
  /** The class that the tools' volumes use. */
  readonly storageClass: StorageClass;
  /** The class of people's homes: the same one, or one that every zone reaches. */
  readonly homes: StorageClass;
  /** A bucket declared in a component's `needs.buckets`, or the shared one (`component` absent). */
  bucket(name: string, component?: string): Bucket;
  /** What a pod under a service account needs to open its buckets, beside what the account carries. */
  bucketAccess(component: string, serviceAccount: string): BucketAccess;
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
  /** Registries that the place keeps copies of, by host: `quay.io` to where its images are. Absent where it keeps none. */
  readonly registries?: Readonly<Record<string, string>>;
  /** How much room there is: what tools are guaranteed, and how large people's servers are where nobody says. */
  readonly scale: Scale;
  /** How people come in from outside; absent where kubectl is the only way. */
  readonly edge?: Edge;
  /** Where pods find what is outside the platform. */
  readonly network: ClusterNetwork;
  /** Puts into the cluster what the place itself keeps there, after namespaces and secrets and before databases. */
  install?(scope: Construct, foundation: FoundationContext): void;
}

/** What a place is given when it puts something of its own into the cluster. */
export interface FoundationContext extends Sources {
  /** The foundation's namespace. */
  readonly namespace: string;
  /** All parts of the foundation and all components. */
  readonly parts: readonly Part[];
}

/**
 * How the helm and kubernetes providers sign in. Never a token: one in state is dead after 15 minutes. `exec` runs a
 * command that prints one, each time; `kubeconfig` reads a context of a file, the default one where none is named.
 */
export type ClusterConnection =
  | {
      readonly signIn: "exec";
      readonly host: string;
      /** PEM, base64 encoded, as EKS gives it. */
      readonly caCertificate: string;
      readonly exec: { readonly command: string; readonly args: readonly string[] };
    }
  | { readonly signIn: "kubeconfig"; readonly context: string; readonly path?: string };

/** `small`: one node with 8 GiB for everything. `regular`: nodes that one adds to. */
export type Scale = "small" | "regular";

export interface StorageClass {
  readonly name: string;
  /** The class to make, or absent where it is already there. */
  readonly create?: {
    readonly provisioner: string;
    readonly parameters: Readonly<Record<string, string>>;
    /** What becomes of a volume when its claim goes. */
    readonly reclaimPolicy: "Retain" | "Delete";
  };
}

export interface Bucket {
  readonly name: string;
  readonly region: string;
  /** `s3://…`, without a trailing slash. */
  readonly uri: string;
}

/** What S3 clients find a store by: every one of them reads these variables. */
export interface BucketAccess {
  readonly env: Readonly<Record<string, string>>;
  /** Variables that hold keys, by the secret in the pod's namespace. Empty where the account is the identity. */
  readonly secretEnv: Readonly<Record<string, SecretRef>>;
}

/** Whether connections to a database are encrypted, in the words of Postgres' clients. */
export type DatabaseTls = "require" | "prefer" | "disable";

export interface Database {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly tls: DatabaseTls;
}

/** How the job signs in as the server's master user. */
export type DatabaseAdmin = {
  readonly host: string;
  readonly port: number;
  readonly tls: DatabaseTls;
} & (
  | {
      /** In the cloud's secret store, which the job's service account may read. */
      readonly credentials: "cloud";
      readonly secretArn: string;
      readonly region: string;
      /** The service account that may read it, in the foundation's namespace. */
      readonly serviceAccount: string;
    }
  | {
      /** In a secret of the foundation's namespace, with the keys `username` and `password`. */
      readonly credentials: "secret";
      readonly secret: string;
    }
);

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
  /** The toolbox on a base with CUDA, for servers with a GPU. Default: the toolbox. */
  readonly toolboxGpu?: ImageReference;
  readonly serving: ImageReference;
}

export interface ImageReference {
  readonly repository: string;
  readonly tag: string;
}

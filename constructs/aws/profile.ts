import type { Construct } from "constructs";
import type { AwsImages } from "../contracts/aws-environment";
import { scaleOf } from "../contracts/aws-nodes";
import type {
  Bucket,
  BucketAccess,
  ClusterConnection,
  ClusterProfile,
  Database,
  DatabaseAdmin,
  FoundationContext,
  GpuNodes,
  Scale,
  StorageClass,
} from "../contracts/cluster-profile";
import type { Edge } from "../contracts/edge";
import type { AwsEnvironment } from "../contracts/environment";
import { databaseUser } from "../contracts/names";
import type { ClusterNetwork } from "../contracts/traffic";
import { imageReference } from "../image-reference";
import type { Buckets } from "./buckets";
import type { DatabaseServer } from "./database";
import type { EksCluster } from "./eks-cluster";
import type { FileSystem } from "./file-system";
import { type InClusterProps, installInCluster } from "./in-cluster";
import { diskClass, homesClass } from "./storage-classes";

export interface AwsProfileProps {
  readonly environment: Pick<AwsEnvironment, "region" | "images" | "network" | "protect">;
  readonly cluster: EksCluster;
  readonly buckets: Buckets;
  /** Absent when no component needs a database. */
  readonly database?: DatabaseServer;
  /** The service account that may read the database's master password, where there is a database. */
  readonly databaseServiceAccount: string;
  /** Where people's homes are; absent where they are on disks. */
  readonly fileSystem?: FileSystem;
  readonly gpu?: GpuNodes;
  /** How people come in. Default: by kubectl. */
  readonly edge?: Edge;
  /** What AWS itself keeps in the cluster. */
  readonly inCluster: InClusterProps;
  /** The project's images where they are built here; absent where someone else has pushed them. */
  readonly built?: Pick<ClusterProfile, "images" | "registries">;
}

/** The answers of a new EKS cluster. Its values are references: another stack that reads one reads this stack's state. */
export class AwsProfile implements ClusterProfile {
  readonly connection: ClusterConnection;
  readonly storageClass: StorageClass;
  readonly homes: StorageClass;
  readonly scale: Scale;
  readonly edge?: Edge;
  readonly network: ClusterNetwork;
  readonly databaseAdmin?: DatabaseAdmin;
  readonly gpu?: GpuNodes;
  readonly images: ClusterProfile["images"];
  readonly registries: ClusterProfile["registries"];

  constructor(private readonly props: AwsProfileProps) {
    const { environment, cluster, database } = props;
    this.connection = {
      signIn: "exec",
      host: cluster.endpoint,
      caCertificate: cluster.caCertificate,
      exec: {
        command: "aws",
        args: ["eks", "get-token", "--cluster-name", cluster.clusterName, "--region", environment.region],
      },
    };
    if (database) {
      this.databaseAdmin = {
        host: database.host,
        port: database.port,
        tls: "require",
        credentials: "cloud",
        secretArn: database.adminSecretArn,
        region: environment.region,
        serviceAccount: props.databaseServiceAccount,
      };
    }
    this.network = {
      database: { in: "network", ports: [database?.port ?? 5432], blocks: [environment.network.cidr] },
      // At public addresses, or at those of an endpoint.
      buckets: { in: "network", ports: [443] },
      podIdentityAgent: true,
    };
    this.storageClass = diskClass(environment.protect);
    this.homes = props.fileSystem ? homesClass(props.fileSystem, environment.protect) : this.storageClass;
    this.scale = scaleOf(props.inCluster.nodes);
    this.gpu = props.gpu;
    this.edge = props.edge;
    this.images = props.built?.images ?? givenImages(environment.images);
    this.registries = props.built?.registries;
  }

  bucket(name: string, component?: string): Bucket {
    const { name: bucketName, region, uri } = this.props.buckets.bucket(name, component);
    return { name: bucketName, region, uri };
  }

  /** Pod Identity gives the keys; the store is the cloud's own. */
  bucketAccess(): BucketAccess {
    return { env: { AWS_REGION: this.props.environment.region }, secretEnv: {} };
  }

  database(component: string): Database {
    const { database } = this.props;
    if (!database) throw new Error(`${component} asks for a database, which no component declared in its needs`);
    const name = databaseUser(component);
    return { host: database.host, port: database.port, name, user: name, tls: "require" };
  }

  install(scope: Construct, context: FoundationContext): void {
    installInCluster(scope, context, this.props.inCluster);
  }

  /** Nothing: the association of Pod Identity is in AWS, and the service account does not know of it. */
  serviceAccountAnnotations(): Readonly<Record<string, string>> {
    return {};
  }
}

function givenImages(images: AwsImages): ClusterProfile["images"] {
  if (images.mode !== "given") throw new Error("images that are built here were not built");
  const { toolbox, toolboxGpu, serving } = images;
  return {
    toolbox: imageReference(toolbox),
    serving: imageReference(serving),
    ...(toolboxGpu ? { toolboxGpu: imageReference(toolboxGpu) } : {}),
  };
}

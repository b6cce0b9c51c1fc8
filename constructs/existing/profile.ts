import type { Construct } from "constructs";
import type {
  Bucket,
  BucketAccess,
  ClusterConnection,
  ClusterProfile,
  Database,
  FoundationContext,
  GpuNodes,
  Scale,
} from "../contracts/cluster-profile";
import type { Edge } from "../contracts/edge";
import type { ExistingEnvironment } from "../contracts/environment";
import type { ClusterNetwork } from "../contracts/traffic";
import { imageReference } from "../image-reference";
import { GivenStore } from "./given-store";
import type { ObjectStore } from "./object-store";
import { cloudNativePg, databaseOn, givenPostgres, type PostgresServer } from "./postgres";
import { Seaweedfs } from "./seaweedfs";

/** The answers of a cluster that is there already: what it was told to have, and what the platform brings along. */
export class ExistingProfile implements ClusterProfile {
  readonly connection: ClusterConnection;
  readonly storageClass: { readonly name: string };
  readonly homes: { readonly name: string };
  readonly databaseAdmin: ClusterProfile["databaseAdmin"];
  readonly gpu?: GpuNodes;
  readonly images: ClusterProfile["images"];
  readonly scale: Scale;
  readonly edge?: Edge;
  readonly network: ClusterNetwork;
  private readonly store: ObjectStore;
  private readonly postgres: PostgresServer;

  constructor(environment: ExistingEnvironment) {
    const { objectStore, database, gpu, images, storageClass } = environment;
    this.connection = { signIn: "kubeconfig", context: environment.context, path: environment.kubeconfig };
    this.storageClass = { name: storageClass };
    this.homes = this.storageClass;
    this.scale = environment.size === "kind" ? "small" : "regular";
    const { edge } = environment;
    if (edge.mode === "gateway")
      this.edge = { domain: edge.domain, certificates: edge.certificates, service: edge.service };
    this.images = { toolbox: imageReference(images.toolbox), serving: imageReference(images.serving) };
    if (gpu.mode === "nodes") {
      const { perNode, nodeSelector, tolerations } = gpu;
      this.gpu = { perNode, resource: "nvidia.com/gpu", nodeSelector, tolerations };
    }
    const { scale } = this;
    this.store =
      objectStore.mode === "s3"
        ? new GivenStore(objectStore)
        : new Seaweedfs({ storageGiB: objectStore.storageGiB, storageClass, scale });
    this.postgres =
      database.mode === "postgres" ? givenPostgres(database) : cloudNativePg(database, { storageClass, scale });
    this.databaseAdmin = this.postgres.admin;
    const { store, postgres } = this;
    this.network = {
      database: postgres.place,
      buckets: store.place,
      podIdentityAgent: store.podIdentityAgent,
      pods: { ...store.pods, ...postgres.pods },
    };
  }

  bucket(name: string, component?: string): Bucket {
    return this.store.bucket(name, component);
  }

  bucketAccess(component: string, serviceAccount: string): BucketAccess {
    return this.store.access(component, serviceAccount);
  }

  database(component: string): Database {
    return databaseOn(this.postgres.admin, component);
  }

  serviceAccountAnnotations(component: string, serviceAccount: string): Readonly<Record<string, string>> {
    return this.store.annotations(component, serviceAccount);
  }

  install(scope: Construct, foundation: FoundationContext): void {
    this.store.install(scope, foundation);
    if (foundation.parts.some((part) => part.needs.database)) this.postgres.install(scope, foundation);
  }
}

import type { PartContext } from "../../contracts/foundation";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { images } from "../../pins";
import { bucketEnv, type EnvVar, type Resources, resources } from "../pods";
import { priorities } from "../scheduling/priorities";
import { lokiGiB } from "./storage";

type Off = { readonly enabled: false };
type NoPods = { readonly replicas: 0 };

/** The values of Loki's chart that this part sets. */
export interface LokiValues {
  readonly fullnameOverride: "loki";
  readonly deploymentMode: "Monolithic";
  readonly defaults: { readonly priorityClassName: string };
  readonly serviceAccount: { readonly create: false; readonly name: string };
  readonly loki: {
    readonly image: RegistryImage;
    readonly auth_enabled: false;
    readonly commonConfig: { readonly replication_factor: 1 };
    readonly storage: {
      readonly type: "s3";
      readonly bucketNames: { readonly chunks: string; readonly ruler: string; readonly admin: string };
      readonly s3: {
        readonly region: string;
        readonly endpoint?: string;
        readonly s3ForcePathStyle?: true;
        readonly insecure?: boolean;
      };
    };
    readonly schemaConfig: { readonly configs: readonly SchemaPeriod[] };
    readonly limits_config: {
      readonly retention_period: string;
      readonly ingestion_rate_mb: number;
      readonly ingestion_burst_size_mb: number;
    };
    readonly compactor: { readonly retention_enabled: true; readonly delete_request_store: "s3" };
    readonly analytics: { readonly reporting_enabled: false };
  };
  readonly singleBinary: {
    readonly replicas: 1;
    readonly sidecar: false;
    readonly extraEnv: readonly EnvVar[];
    readonly resources: Resources;
    readonly podDisruptionBudget: Off;
    readonly persistence: { readonly size: string; readonly storageClass: string };
  };
  readonly sidecar: { readonly rules: Off };
  readonly write: NoPods;
  readonly read: NoPods;
  readonly backend: NoPods;
  readonly gateway: Off;
  readonly lokiCanary: Off;
  readonly test: Off;
  readonly chunksCache: Off;
  readonly resultsCache: Off;
  readonly ruler: Off;
}

interface SchemaPeriod {
  readonly from: string;
  readonly store: "tsdb";
  readonly object_store: "s3";
  readonly schema: "v13";
  readonly index: { readonly prefix: string; readonly period: "24h" };
}

/** Loki as one process, with the logs themselves in a bucket. */
export function lokiValues(context: PartContext, days: number): LokiValues {
  const { scale, storageClass } = context.cluster;
  const bucket = context.bucket("logs");
  const access = context.bucketAccess("loki");
  const { AWS_ENDPOINT_URL_S3: endpoint } = access.env;
  const off = { enabled: false } as const;
  return {
    fullnameOverride: "loki",
    deploymentMode: "Monolithic",
    defaults: { priorityClassName: priorities.tools },
    // Made by the platform, with the identity that opens the bucket.
    serviceAccount: { create: false, name: "loki" },
    loki: {
      image: inRegistry(context.image(images.loki)),
      // One tenant: network policies say who writes and reads.
      auth_enabled: false,
      commonConfig: { replication_factor: 1 },
      storage: {
        type: "s3",
        bucketNames: { chunks: bucket.name, ruler: bucket.name, admin: bucket.name },
        // Keys come from the environment or the account's identity, as for every client of S3. This one alone does not
        // read the store's address there.
        s3: {
          region: bucket.region,
          ...(endpoint ? { endpoint, s3ForcePathStyle: true, insecure: endpoint.startsWith("http://") } : {}),
        },
      },
      schemaConfig: {
        configs: [
          {
            from: "2024-04-01",
            store: "tsdb",
            object_store: "s3",
            schema: "v13",
            index: { prefix: "index_", period: "24h" },
          },
        ],
      },
      limits_config: {
        retention_period: `${days * 24}h`,
        // A training that prints a line a step is not cut off.
        ingestion_rate_mb: 16,
        ingestion_burst_size_mb: 32,
      },
      compactor: { retention_enabled: true, delete_request_store: "s3" },
      analytics: { reporting_enabled: false },
    },
    singleBinary: {
      replicas: 1,
      sidecar: false,
      extraEnv: bucketEnv(access),
      resources: resources(scale, 100, 384, 1024),
      // With one replica it would keep its node from being emptied for ever.
      podDisruptionBudget: off,
      persistence: { size: `${lokiGiB}Gi`, storageClass: storageClass.name },
    },
    sidecar: { rules: off },
    // Loki's other form: as three groups of pods.
    write: { replicas: 0 },
    read: { replicas: 0 },
    backend: { replicas: 0 },
    gateway: off,
    lokiCanary: off,
    test: off,
    // Two memcacheds of 10 GiB by default.
    chunksCache: off,
    resultsCache: off,
    ruler: off,
  };
}

import type { ClusterContext } from "../../contracts/component";
import { type Resources, resources, restrictedContainer, restrictedPod } from "../../foundation/pods";
import { disruptionBudget, type PodDisruptionBudget } from "../../foundation/scheduling/disruption-budget";
import { priorities } from "../../foundation/scheduling/priorities";
import { images } from "../../pins";
import type { MlflowOptions } from "./options";

/** The values of the community chart that this component sets. */
export interface MlflowValues {
  readonly fullnameOverride: string;
  readonly replicaCount: number;
  readonly image: Image;
  readonly initImages: { readonly mlflowDbMigration: Image };
  readonly serviceAccount: { readonly create: false; readonly name: string };
  readonly autoscaling: Off | Autoscaling;
  readonly extraDeploy: readonly PodDisruptionBudget[];
  readonly strategy: { readonly rollingUpdate: { readonly maxSurge: number } };
  readonly podSecurityContext: typeof restrictedPod;
  readonly securityContext: typeof restrictedContainer & { readonly readOnlyRootFilesystem: true };
  readonly priorityClassName: string;
  readonly telemetry: { readonly enabled: false };
  readonly backendStore: {
    readonly databaseMigration: true;
    readonly postgres: {
      readonly enabled: true;
      readonly host: string;
      readonly port: number;
      readonly database: string;
      readonly driver: "psycopg2";
    };
    readonly existingDatabaseSecret: { readonly name: string };
  };
  readonly artifactRoot: {
    readonly proxiedArtifactStorage: true;
    readonly s3: {
      readonly enabled: true;
      readonly bucket: string;
      readonly path: string;
      readonly existingSecret?: {
        readonly name: string;
        readonly keyOfAccessKeyId: string;
        readonly keyOfSecretAccessKey: string;
      };
    };
  };
  readonly serverAllowedHosts: readonly string[];
  readonly corsAllowedOrigins: readonly string[];
  readonly extraArgs: { readonly workers: string };
  readonly extraEnvVars: Readonly<Record<string, string>>;
  readonly resources: Resources;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  // Charts of databases and an object store that it would bring along; ours are outside the cluster.
  readonly postgresql: Off;
  readonly mysql: Off;
  readonly minio: Off;
}

interface Image {
  readonly repository: string;
  readonly tag: string;
}
interface Probe {
  readonly initialDelaySeconds: number;
  readonly timeoutSeconds: number;
}
interface Autoscaling {
  readonly enabled: true;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metrics: readonly [
    {
      readonly type: "Resource";
      readonly resource: {
        readonly name: "cpu";
        readonly target: { readonly type: "Utilization"; readonly averageUtilization: number };
      };
    },
  ];
}
interface Off {
  readonly enabled: false;
}

export function mlflowValues(context: ClusterContext, options: MlflowOptions): MlflowValues {
  const { host, port, name, secret, tls } = context.database();
  const bucket = context.bucket("artifacts");
  const service = `mlflow.${context.namespace}`;
  const page = context.publicUrl("mlflow");
  const image = context.image(images.mlflow);
  const access = context.bucketAccess("mlflow");
  const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey } = access.secretEnv;
  const off = { enabled: false } as const;
  // The chart takes both keys from one secret.
  const keys =
    accessKey && secretKey
      ? {
          existingSecret: {
            name: accessKey.name,
            keyOfAccessKeyId: accessKey.key,
            keyOfSecretAccessKey: secretKey.key,
          },
        }
      : {};
  return {
    fullnameOverride: "mlflow",
    replicaCount: options.replicas,
    image,
    // The migration must be of the same MLflow as the server, or the server refuses the schema.
    initImages: { mlflowDbMigration: image },
    // Made by the platform, with the identity that opens the bucket.
    serviceAccount: { create: false, name: "mlflow" },
    autoscaling: autoscaling(options),
    extraDeploy: options.replicas > 1 ? [disruptionBudget("mlflow", { app: "mlflow" })] : [],
    // One new pod at a time: each migrates the database before it starts.
    strategy: { rollingUpdate: { maxSurge: 1 } },
    podSecurityContext: restrictedPod,
    securityContext: { ...restrictedContainer, readOnlyRootFilesystem: true },
    priorityClassName: priorities.tools,
    telemetry: off,
    backendStore: {
      databaseMigration: true,
      postgres: { enabled: true, host, port, database: name, driver: "psycopg2" },
      existingDatabaseSecret: { name: secret },
    },
    // Clients send artifacts through the server, so only the server's identity opens the bucket.
    artifactRoot: { proxiedArtifactStorage: true, s3: { enabled: true, bucket: bucket.name, path: "mlflow", ...keys } },
    // The server answers no other name. Then those for `kubectl port-forward`, and the one at the edge.
    serverAllowedHosts: [
      ...["mlflow", service, `${service}.svc`, `${service}.svc.cluster.local`],
      ...["localhost:*", "127.0.0.1:*"],
      ...(page ? [new URL(page).host] : []),
    ],
    corsAllowedOrigins: [`http://${service}`, ...(page ? [page] : [])],
    // Four by default, each of some 350 MB.
    extraArgs: { workers: "2" },
    extraEnvVars: {
      // Without it the server starts a pool of job processes of 1.5 GB in all.
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
      ...access.env,
      PGSSLMODE: tls,
      // The root file system is read-only and the user has no home; the chart gives an empty /tmp.
      HOME: "/tmp",
    },
    resources: resources(context.cluster.scale, 250, 1024, 2048),
    // It takes 15 to 45 s to start; the chart's five failures at 30 s each come after that.
    livenessProbe: { initialDelaySeconds: 60, timeoutSeconds: 5 },
    readinessProbe: { initialDelaySeconds: 10, timeoutSeconds: 5 },
    postgresql: off,
    mysql: off,
    minio: off,
  };
}

/** By processors alone: what a server has once taken of memory it keeps, so that would add servers and never end one. */
function autoscaling({ replicas, maxReplicas = replicas }: MlflowOptions): Off | Autoscaling {
  if (maxReplicas <= replicas) return { enabled: false };
  const target = { type: "Utilization", averageUtilization: 80 } as const;
  return {
    enabled: true,
    minReplicas: replicas,
    maxReplicas,
    metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
  };
}

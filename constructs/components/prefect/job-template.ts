import type { GpuNodes } from "../../contracts/cluster-profile";
import type { ClusterContext, SecretRef } from "../../contracts/component";
import {
  bucketEnv,
  type EnvVar,
  envList,
  fromSecret,
  imageUser,
  restrictedContainer,
  restrictedPod,
  stayingPod,
} from "../../foundation/pods";
import { priorities } from "../../foundation/scheduling/priorities";

/** What a deployment may set of its jobs (`job_variables`), with what holds where it sets nothing. */
interface Variable {
  readonly type: "string" | "integer" | "object" | "boolean";
  readonly title: string;
  /** Absent: Prefect fills it for each run. */
  readonly default?: string | number | boolean | Readonly<Record<string, string>>;
}

/** By these a flow run's pod is told from others; Prefect adds its own. */
export const flowRunLabels = { "app.kubernetes.io/component": "flow-run" } as const;

/** The base job template of the work pool: what a flow run's Kubernetes job looks like. */
export interface BaseJobTemplate {
  readonly variables: { readonly type: "object"; readonly properties: Readonly<Record<string, Variable>> };
  readonly job_configuration: {
    readonly env: string;
    readonly labels: string;
    readonly name: string;
    readonly command: string;
    readonly namespace: string;
    readonly stream_output: string;
    readonly pod_watch_timeout_seconds: string;
    readonly job_manifest: JobManifest;
  };
}

interface JobManifest {
  readonly apiVersion: "batch/v1";
  readonly kind: "Job";
  readonly metadata: { readonly labels: string; readonly namespace: string; readonly generateName: string };
  readonly spec: {
    readonly backoffLimit: 0;
    readonly ttlSecondsAfterFinished: string;
    readonly template: {
      readonly metadata: {
        readonly annotations: Readonly<Record<string, string>>;
        readonly labels: Readonly<Record<string, string>>;
      };
      readonly spec: Readonly<Record<string, unknown>>;
    };
  };
}

/**
 * Flow runs use the toolbox image and find what notebooks find, because both get the clients' environment. The names
 * `name`, `labels`, `command` and `env` are Prefect's own: it fills them for each run.
 */
export function baseJobTemplate(
  context: ClusterContext<"tracking" | "serving" | "compute">,
  api: string,
  pool: string,
  token: SecretRef,
): BaseJobTemplate {
  const { repository, tag } = context.cluster.images.toolbox;
  const { gpu } = context.cluster;
  const small = context.cluster.scale === "small";
  const env: EnvVar[] = [
    ...envList({ ...context.clientEnv, PREFECT_API_URL: api, PREFECT_DEFAULT_WORK_POOL_NAME: pool }),
    ...bucketEnv(context.bucketAccess("flow-run")),
    // Signs in to the compute engine, as the service that all flow runs are.
    { name: "JUPYTERHUB_API_TOKEN", valueFrom: fromSecret(token) },
  ];
  return {
    variables: {
      type: "object",
      properties: {
        name: { type: "string", title: "Name of the job, instead of the run's" },
        labels: { type: "object", title: "Labels of the job and its pod", default: {} },
        command: { type: "string", title: "Command, instead of running the flow" },
        env: { type: "object", title: "More environment variables", default: {} },
        image: { type: "string", title: "Image", default: `${repository}:${tag}` },
        cpu: { type: "string", title: "Cores, guaranteed", default: small ? "100m" : "500m" },
        memory: { type: "string", title: "Memory, guaranteed and the limit", default: small ? "1Gi" : "2Gi" },
        ...(gpu && { gpus: { type: "integer", title: "GPUs, whole or turns of one", default: 0 } }),
        finished_job_ttl: { type: "integer", title: "Seconds a finished job is kept", default: 86400 },
        // A node may have to be started, and the image is large.
        pod_watch_timeout_seconds: { type: "integer", title: "Seconds a pod may take to start", default: 900 },
        stream_output: { type: "boolean", title: "Show the pod's output in the worker's", default: true },
      },
    },
    job_configuration: {
      env: "{{ env }}",
      labels: "{{ labels }}",
      name: "{{ name }}",
      command: "{{ command }}",
      namespace: context.namespace,
      stream_output: "{{ stream_output }}",
      pod_watch_timeout_seconds: "{{ pod_watch_timeout_seconds }}",
      job_manifest: {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { labels: "{{ labels }}", namespace: context.namespace, generateName: "{{ name }}-" },
        spec: {
          // With 0, an evicted run is rescheduled by Prefect; with more it would stay "Running" for ever.
          backoffLimit: 0,
          ttlSecondsAfterFinished: "{{ finished_job_ttl }}",
          template: {
            metadata: { annotations: stayingPod, labels: flowRunLabels },
            spec: {
              // Prefect refuses a template without these two, although they belong to the job.
              parallelism: 1,
              completions: 1,
              restartPolicy: "Never",
              serviceAccountName: "flow-run",
              priorityClassName: priorities.people,
              securityContext: { ...restrictedPod, runAsUser: imageUser },
              ...(gpu && onGpuNodesWhereAsked(gpu)),
              containers: [
                {
                  name: "prefect-job",
                  image: "{{ image }}",
                  imagePullPolicy: "IfNotPresent",
                  args: "{{ command }}",
                  env,
                  resources: {
                    requests: { cpu: "{{ cpu }}", memory: "{{ memory }}" },
                    limits: { memory: "{{ memory }}", ...(gpu && { [gpu.resource]: "{{ gpus }}" }) },
                  },
                  securityContext: restrictedContainer,
                },
              ],
            },
          },
        },
      },
    },
  };
}

/**
 * A template cannot say "where a GPU is asked for": so every run may go to the nodes with GPUs, one that asks fits on no
 * other, and one that does not ask prefers the others.
 */
function onGpuNodesWhereAsked({ nodeSelector, tolerations }: GpuNodes) {
  const labels = Object.entries(nodeSelector);
  const preferredDuringSchedulingIgnoredDuringExecution = labels.map(([key, value]) => ({
    weight: 100,
    preference: { matchExpressions: [{ key, operator: "NotIn", values: [value] }] },
  }));
  return {
    tolerations,
    ...(labels.length > 0 && { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } }),
  };
}

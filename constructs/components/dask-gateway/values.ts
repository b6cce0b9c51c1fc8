import type { ImageReference } from "../../contracts/cluster-profile";
import type { ClusterContext } from "../../contracts/component";
import {
  bucketEnv,
  type EnvVar,
  imageUser,
  type Resources,
  resources,
  restrictedContainer,
  restrictedPod,
  stayingPod,
} from "../../foundation/pods";
import { priorities } from "../../foundation/scheduling/priorities";
import { images } from "../../pins";
import type { DaskGatewayOptions } from "./options";
import { daskAccounts } from "./rights";
import { teamsConfig } from "./teams";

/** The values of the dask-gateway chart that this component sets. */
export interface DaskGatewayValues {
  readonly gateway: {
    readonly prefix: "/";
    readonly image: Image;
    readonly resources: Resources;
    readonly auth: {
      readonly type: "jupyterhub";
      readonly jupyterhub: {
        readonly apiTokenFromSecretName: string;
        readonly apiTokenFromSecretKey: string;
        readonly apiUrl: string;
        readonly jupyterhubServiceName: string;
      };
    };
    readonly backend: {
      readonly image: Image;
      readonly environment: Readonly<Record<string, string>>;
      readonly scheduler: DaskPod;
      readonly worker: DaskPod;
    };
    readonly extraConfig: Readonly<Record<string, string>>;
  };
  readonly controller: { readonly image: Image; readonly resources: Resources };
  readonly rbac: Readonly<Record<keyof typeof daskAccounts, { readonly serviceAccountName: string }>>;
  readonly traefik: {
    readonly image: Image;
    readonly additionalArguments: readonly string[];
    readonly service: { readonly type: "ClusterIP" };
    readonly resources: Resources;
  };
}

interface Image {
  readonly name: string;
  readonly tag: string;
}

interface DaskPod {
  readonly cores: Amount<number>;
  readonly memory: Amount<string>;
  readonly extraPodConfig: {
    readonly serviceAccountName: string;
    readonly priorityClassName: string;
    readonly securityContext: typeof restrictedPod & { readonly runAsUser: number };
  };
  readonly extraContainerConfig: {
    readonly securityContext: typeof restrictedContainer;
    readonly env: readonly EnvVar[];
  };
}

interface Amount<T> {
  readonly request: T;
  readonly limit: T;
}

export function daskGatewayValues(
  context: ClusterContext<"tracking">,
  serviceName: string,
  options: DaskGatewayOptions,
): DaskGatewayValues {
  const { api, token } = context.signIn();
  const { scale, images: own } = context.cluster;
  const image = named(context.image(images.daskGateway));
  const small = scale === "small";
  // The variables that name the store stand beside those of the clients; keys are read from the secret.
  const env = bucketEnv(context.bucketAccess("dask-worker"));
  return {
    gateway: {
      // It has an address of its own and is not behind the Hub's proxy, so it needs no path.
      prefix: "/",
      image,
      resources: resources(scale, 100, 128, 512),
      auth: {
        type: "jupyterhub",
        jupyterhub: {
          apiTokenFromSecretName: token.name,
          apiTokenFromSecretKey: token.key,
          apiUrl: api,
          // Without the name any token of the Hub would be let in; with it, one that has the scope for this service.
          jupyterhubServiceName: serviceName,
        },
      },
      backend: {
        // The one environment of people's code: what a notebook sends, a worker can unpickle.
        image: named(own.toolbox),
        environment: context.clientEnv,
        scheduler: pod(0.25, small ? 0.5 : 1, env, priorities.people),
        worker: pod(
          options.workerCores ?? (small ? 0.5 : 1),
          options.workerMemoryGiB ?? (small ? 1 : 2),
          env,
          priorities.workers,
        ),
      },
      extraConfig: {
        // The scripts `dask-scheduler` and `dask-worker`, which the gateway would start, are gone from distributed.
        commands:
          'c.KubeClusterConfig.scheduler_cmd = ["dask", "scheduler"]\nc.KubeClusterConfig.worker_cmd = ["dask", "worker"]',
        // A dictionary of texts in JSON is one in Python.
        annotations: ["scheduler", "worker"]
          .map((kind) => `c.KubeClusterConfig.${kind}_extra_pod_annotations = ${JSON.stringify(stayingPod)}`)
          .join("\n"),
        limits: [
          `c.KubeClusterConfig.idle_timeout = ${options.idleMinutes * 60}`,
          `c.KubeClusterConfig.cluster_max_workers = ${options.maxWorkers}`,
        ].join("\n"),
        ...teamsConfig(context.teams),
      },
    },
    controller: { image, resources: resources(scale, 50, 128, 512) },
    // With a name given, the chart makes no account and no role.
    rbac: {
      gateway: { serviceAccountName: daskAccounts.gateway },
      controller: { serviceAccountName: daskAccounts.controller },
      traefik: { serviceAccountName: daskAccounts.traefik },
    },
    // A load balancer, open to the internet, by default.
    traefik: {
      image: named(context.image(images.traefik)),
      additionalArguments: [
        // At the port of its probes, which no route leads to.
        "--metrics.prometheus=true",
        // Of all namespaces by itself, and of the nodes.
        `--providers.kubernetescrd.namespaces=${context.namespace}`,
        "--providers.kubernetescrd.disableclusterscoperesources=true",
      ],
      service: { type: "ClusterIP" },
      resources: resources(scale, 50, 64, 256),
    },
  };
}

function named({ repository, tag }: ImageReference): Image {
  return { name: repository, tag };
}

function pod(cores: number, memoryGiB: number, env: readonly EnvVar[], priorityClassName: string): DaskPod {
  // The gateway's M is 2^20 bytes, and it does not know Mi.
  const memory = `${Math.round(memoryGiB * 1024)}M`;
  return {
    // Dask counts threads by the limit. A scheduler held to its small request would start slowly.
    cores: { request: cores, limit: Math.max(1, cores) },
    memory: { request: memory, limit: memory },
    extraPodConfig: {
      serviceAccountName: "dask-worker",
      priorityClassName,
      securityContext: { ...restrictedPod, runAsUser: imageUser },
    },
    extraContainerConfig: { securityContext: restrictedContainer, env },
  };
}

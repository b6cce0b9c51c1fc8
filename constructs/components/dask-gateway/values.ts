import type { ClusterContext } from "../../contracts/component";
import { imageUser, type Resources, resources, restrictedContainer, restrictedPod } from "../../foundation/pods";
import type { DaskGatewayOptions } from ".";

/** The values of the dask-gateway chart that this component sets. */
export interface DaskGatewayValues {
  readonly gateway: {
    readonly prefix: "/";
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
      readonly image: { readonly name: string; readonly tag: string };
      readonly environment: Readonly<Record<string, string>>;
      readonly scheduler: DaskPod;
      readonly worker: DaskPod;
    };
    readonly extraConfig: Readonly<Record<string, string>>;
  };
  readonly controller: { readonly resources: Resources };
  readonly traefik: { readonly service: { readonly type: "ClusterIP" }; readonly resources: Resources };
}

interface DaskPod {
  readonly cores: Amount<number>;
  readonly memory: Amount<string>;
  readonly extraPodConfig: {
    readonly serviceAccountName: string;
    readonly securityContext: typeof restrictedPod & { readonly runAsUser: number };
  };
  readonly extraContainerConfig: { readonly securityContext: typeof restrictedContainer };
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
  const { toolbox } = context.cluster.images;
  return {
    gateway: {
      // It has an address of its own and is not behind the Hub's proxy, so it needs no path.
      prefix: "/",
      resources: resources("100m", "128Mi", "512Mi"),
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
        image: { name: toolbox.repository, tag: toolbox.tag },
        environment: context.clientEnv,
        scheduler: pod(0.25, 1),
        worker: pod(options.workerCores, options.workerMemoryGiB),
      },
      extraConfig: {
        // The scripts `dask-scheduler` and `dask-worker`, which the gateway would start, are gone from distributed.
        commands:
          'c.KubeClusterConfig.scheduler_cmd = ["dask", "scheduler"]\nc.KubeClusterConfig.worker_cmd = ["dask", "worker"]',
        limits: [
          `c.KubeClusterConfig.idle_timeout = ${options.idleMinutes * 60}`,
          `c.KubeClusterConfig.cluster_max_workers = ${options.maxWorkers}`,
        ].join("\n"),
      },
    },
    controller: { resources: resources("50m", "128Mi", "512Mi") },
    // A load balancer, open to the internet, by default.
    traefik: { service: { type: "ClusterIP" }, resources: resources("50m", "64Mi", "256Mi") },
  };
}

function pod(cores: number, memoryGiB: number): DaskPod {
  // The gateway's M is 2^20 bytes, and it does not know Mi.
  const memory = `${Math.round(memoryGiB * 1024)}M`;
  return {
    cores: { request: cores, limit: cores },
    memory: { request: memory, limit: memory },
    extraPodConfig: {
      serviceAccountName: "dask-worker",
      securityContext: { ...restrictedPod, runAsUser: imageUser },
    },
    extraContainerConfig: { securityContext: restrictedContainer },
  };
}

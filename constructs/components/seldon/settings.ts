import type { ClusterContext } from "../../contracts/component";
import { dataBucket } from "../../contracts/needs";
import { dataVariable } from "../../contracts/offers";
import { edgeNames, edgeNamespace, modelsNames } from "../../foundation/envoy-gateway/names";

/** The ConfigMap that clients of the deployments plugin read. */
export const settingsName = "model-serving";

/** What `open_mlops.deployments.cluster.settings` reads. */
interface ServingSettings {
  readonly image: string;
  readonly trackingUri: string;
  /** The ways to models: one for code inside, and the edge's where there is one. */
  readonly inside: Gate;
  readonly published?: Gate;
  /** By which the pods find the bucket of the inference log, and the keys that open it. */
  readonly env: Readonly<Record<string, string>>;
  readonly secretEnv: Readonly<Record<string, { readonly name: string; readonly key: string }>>;
  readonly gpu?: {
    readonly resource: string;
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly tolerations: readonly object[];
  };
}

/** An address, and the listener of the Gateway behind it, which a route names as its parent. */
interface Gate {
  readonly address: string;
  readonly gateway: string;
  readonly namespace: string;
  readonly listener: string;
}

interface ConfigMap {
  readonly apiVersion: "v1";
  readonly kind: "ConfigMap";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly data: Readonly<Record<string, string>>;
}

/** What a deployment has to know of the place, in the models' namespace: a change is read by the next deployment. */
export function servingSettings(context: ClusterContext<"tracking">): ConfigMap {
  const { cluster, namespace, offers } = context;
  const { repository, tag } = cluster.images.serving;
  const { env, secretEnv } = context.bucketAccess("model-server");
  const { gpu } = cluster;
  const published = context.publicUrl("models");
  const settings: ServingSettings = {
    image: `${repository}:${tag}`,
    trackingUri: offers.tracking.clientEnv.MLFLOW_TRACKING_URI,
    inside: {
      address: `http://${modelsNames.host}`,
      gateway: modelsNames.gateway,
      namespace: edgeNamespace,
      listener: modelsNames.listener,
    },
    ...(published
      ? {
          published: {
            address: published,
            gateway: edgeNames.gateway,
            namespace: edgeNamespace,
            listener: edgeNames.listener,
          },
        }
      : {}),
    env: { [dataVariable]: context.bucket(dataBucket).uri, ...env },
    secretEnv,
    ...(gpu ? { gpu: { resource: gpu.resource, nodeSelector: gpu.nodeSelector, tolerations: gpu.tolerations } } : {}),
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: settingsName, namespace },
    data: { "settings.json": JSON.stringify(settings) },
  };
}

import type { ClusterContext } from "../../contracts/component";
import { restrictedContainer, restrictedPod } from "../../foundation/pods";
import { priorities } from "../../foundation/scheduling/priorities";
import { inRegistry, type RegistryImage } from "../../image-reference";
import { images } from "../../pins";

/** The values of the Seldon Core operator's chart that this component sets. */
export interface SeldonValues {
  readonly singleNamespace: true;
  readonly certManager: { readonly enabled: false };
  readonly crd: { readonly create: true };
  readonly ambassador: { readonly enabled: false };
  readonly istio: { readonly enabled: false };
  readonly usageMetrics: { readonly enabled: false };
  readonly defaultUserID: string;
  readonly image: RegistryImage;
  readonly executor: {
    readonly image: RegistryImage;
    readonly serviceAccount: { readonly name: string };
    readonly resources: { readonly cpuRequest: string; readonly memoryRequest: string };
  };
  readonly manager: {
    readonly memoryLimit: string;
    readonly priorityClassName: string;
    readonly containerSecurityContext: {
      readonly securityContext: typeof restrictedContainer & typeof restrictedPod;
    };
  };
  readonly storageInitializer: { readonly image: string };
  readonly predictor_servers: Readonly<Record<Served, Server> & Record<Dropped, null>>;
  readonly explainer: { readonly image: ""; readonly image_v2: "" };
}

type Served = "MLFLOW_SERVER" | "SKLEARN_SERVER";
interface Server {
  readonly protocols: {
    readonly v2: { readonly image: string; readonly defaultImageVersion: string };
    readonly seldon: null;
  };
}

/** Servers that the chart knows and this component does not: images of 2023, which no mirror should have to hold. */
const dropped = ["TENSORFLOW_SERVER", "XGBOOST_SERVER", "TRITON_SERVER", "HUGGINGFACE_SERVER", "TEMPO_SERVER"] as const;
type Dropped = (typeof dropped)[number];

export function seldonValues(context: ClusterContext<"tracking">): SeldonValues {
  const { repository, tag } = context.cluster.images.serving;
  // A null takes a chart's own value away.
  const server = { protocols: { v2: { image: repository, defaultImageVersion: tag }, seldon: null } };
  const storageInitializer = context.image(images.seldonStorageInitializer);
  const off = { enabled: false } as const;
  return {
    // Rights in this namespace alone; cluster-wide, it could start anything anywhere. Its webhook then asks for a label
    // that the namespace does not have: a faulty deployment is not refused, it fails or never gets ready.
    singleNamespace: true,
    // The chart makes a certificate for the webhook itself. It lasts a year; as the webhook is not called, that is enough.
    certManager: off,
    // The chart takes the CRD's version from the cluster's; its `forceV1` is read by no template.
    crd: { create: true },
    // The edge routes to models, the same for each serving component.
    ambassador: off,
    istio: off,
    usageMetrics: off,
    // The user of the serving image.
    defaultUserID: "1000",
    image: inRegistry(context.image(images.seldonOperator)),
    storageInitializer: { image: `${storageInitializer.repository}:${storageInitializer.tag}` },
    executor: {
      image: inRegistry(context.image(images.seldonExecutor)),
      serviceAccount: { name: "model-server" },
      resources: { cpuRequest: "100m", memoryRequest: "128Mi" },
    },
    manager: {
      memoryLimit: "512Mi",
      priorityClassName: priorities.tools,
      // The chart writes what is under this name into the container itself, so the field stands there again.
      containerSecurityContext: { securityContext: { ...restrictedContainer, ...restrictedPod } },
    },
    // The chart's MLServer is of 2023. Deployments name no image and get the project's.
    predictor_servers: {
      MLFLOW_SERVER: server,
      SKLEARN_SERVER: server,
      ...(Object.fromEntries(dropped.map((name) => [name, null])) as Record<Dropped, null>),
    },
    explainer: { image: "", image_v2: "" },
  };
}

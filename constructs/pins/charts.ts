import { type ChartPin, github, pin } from "./pin";
import { daskGatewayVersion, karpenterVersion } from "./versions";

/** Every chart from elsewhere. */
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
  // Who people are. The chart's version is not Keycloak's.
  keycloak: {
    charts: "https://codecentric.github.io/helm-charts",
    chart: "keycloakx",
    ...pin("7.1.11", "Apache-2.0", github("codecentric/helm-charts")),
  },
  nvidiaDevicePlugin: {
    charts: "https://nvidia.github.io/k8s-device-plugin",
    chart: "nvidia-device-plugin",
    ...pin("0.20.0", "Apache-2.0", github("NVIDIA/k8s-device-plugin")),
  },
  // What a platform stands on in every cluster.
  externalSecrets: {
    charts: "https://charts.external-secrets.io",
    chart: "external-secrets",
    ...pin("2.9.0", "Apache-2.0", github("external-secrets/external-secrets")),
  },
  reloader: {
    charts: "https://stakater.github.io/stakater-charts",
    chart: "reloader",
    ...pin("2.2.16", "Apache-2.0", github("stakater/Reloader")),
  },
  // The edge. The definitions of the Gateway API come with Envoy Gateway.
  certManager: {
    charts: "oci://quay.io/jetstack/charts",
    chart: "cert-manager",
    ...pin("v1.21.1", "Apache-2.0", github("cert-manager/cert-manager")),
  },
  envoyGateway: {
    charts: "oci://docker.io/envoyproxy",
    chart: "gateway-helm",
    ...pin("v1.9.0", "Apache-2.0", github("envoyproxy/gateway")),
  },
  // What watches the platform. The definitions are a chart of their own, which Helm upgrades with the operator.
  prometheusOperatorCrds: {
    charts: "https://prometheus-community.github.io/helm-charts",
    chart: "prometheus-operator-crds",
    ...pin("31.0.1", "Apache-2.0", github("prometheus-community/helm-charts")),
  },
  kubePrometheusStack: {
    charts: "https://prometheus-community.github.io/helm-charts",
    chart: "kube-prometheus-stack",
    ...pin("88.5.3", "Apache-2.0", github("prometheus-community/helm-charts")),
  },
  nodeExporter: {
    charts: "https://prometheus-community.github.io/helm-charts",
    chart: "prometheus-node-exporter",
    ...pin("4.56.1", "Apache-2.0", github("prometheus-community/helm-charts")),
  },
  // What GPU nodes tell: their figures, and labels of what is built into them.
  dcgmExporter: {
    charts: "https://nvidia.github.io/dcgm-exporter/helm-charts",
    chart: "dcgm-exporter",
    ...pin("4.8.2", "Apache-2.0", github("NVIDIA/dcgm-exporter")),
  },
  nodeFeatureDiscovery: {
    charts: "oci://registry.k8s.io/nfd/charts",
    chart: "node-feature-discovery",
    ...pin("0.19.0", "Apache-2.0", github("kubernetes-sigs/node-feature-discovery")),
  },
  loki: {
    charts: "https://grafana-community.github.io/helm-charts",
    chart: "loki",
    ...pin("18.11.0", "Apache-2.0", github("grafana-community/helm-charts")),
  },
  alloy: {
    charts: "https://grafana.github.io/helm-charts",
    chart: "alloy",
    ...pin("1.11.1", "Apache-2.0", github("grafana/alloy")),
  },
  openCost: {
    charts: "https://opencost.github.io/opencost-helm-chart",
    chart: "opencost",
    ...pin("2.5.17", "Apache-2.0", github("opencost/opencost-helm-chart")),
  },
} as const satisfies Record<string, ChartPin>;

import { github, type ImagePin, pin } from "./pin";
import { daskGatewayVersion, karpenterVersion, prefectVersion, shared } from "./versions";

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
  keycloak: {
    image: "quay.io/keycloak/keycloak",
    ...pin("26.5.6", "Apache-2.0", github("keycloak/keycloak")),
  },
  // Its last number is the Keycloak that it was made with, of the same minor version.
  keycloakConfig: {
    image: "docker.io/adorsys/keycloak-config-cli",
    ...pin("6.5.0-26.5.4", "Apache-2.0", github("adorsys/keycloak-config-cli")),
  },
  nvidiaDevicePlugin: {
    image: "nvcr.io/nvidia/k8s-device-plugin",
    ...pin("v0.20.0", "Apache-2.0", github("NVIDIA/k8s-device-plugin")),
  },
  externalSecrets: {
    image: "ghcr.io/external-secrets/external-secrets",
    ...pin("v2.9.0", "Apache-2.0", github("external-secrets/external-secrets")),
  },
  reloader: {
    image: "ghcr.io/stakater/reloader",
    ...pin("v1.4.21", "Apache-2.0", github("stakater/Reloader")),
  },
  certManagerController: {
    image: "quay.io/jetstack/cert-manager-controller",
    ...pin("v1.21.1", "Apache-2.0", github("cert-manager/cert-manager")),
  },
  certManagerWebhook: {
    image: "quay.io/jetstack/cert-manager-webhook",
    ...pin("v1.21.1", "Apache-2.0", github("cert-manager/cert-manager")),
  },
  certManagerCaInjector: {
    image: "quay.io/jetstack/cert-manager-cainjector",
    ...pin("v1.21.1", "Apache-2.0", github("cert-manager/cert-manager")),
  },
  certManagerStartCheck: {
    image: "quay.io/jetstack/cert-manager-startupapicheck",
    ...pin("v1.21.1", "Apache-2.0", github("cert-manager/cert-manager")),
  },
  certManagerAcmeSolver: {
    image: "quay.io/jetstack/cert-manager-acmesolver",
    ...pin("v1.21.1", "Apache-2.0", github("cert-manager/cert-manager")),
  },
  envoyGateway: {
    image: "docker.io/envoyproxy/gateway",
    ...pin("v1.9.0", "Apache-2.0", github("envoyproxy/gateway")),
  },
  // The proxy that this version of Envoy Gateway was made for.
  envoy: {
    image: "docker.io/envoyproxy/envoy",
    ...pin("distroless-v1.39.0", "Apache-2.0", github("envoyproxy/envoy")),
  },
  // What watches the platform: the versions that their charts name.
  prometheusOperator: {
    image: "quay.io/prometheus-operator/prometheus-operator",
    ...pin("v0.93.1", "Apache-2.0", github("prometheus-operator/prometheus-operator")),
  },
  prometheusConfigReloader: {
    image: "quay.io/prometheus-operator/prometheus-config-reloader",
    ...pin("v0.93.1", "Apache-2.0", github("prometheus-operator/prometheus-operator")),
  },
  prometheus: {
    image: "quay.io/prometheus/prometheus",
    ...pin("v3.14.0-distroless", "Apache-2.0", github("prometheus/prometheus")),
  },
  alertmanager: {
    image: "quay.io/prometheus/alertmanager",
    ...pin("v0.34.0", "Apache-2.0", github("prometheus/alertmanager")),
  },
  kubeStateMetrics: {
    image: "registry.k8s.io/kube-state-metrics/kube-state-metrics",
    ...pin("v2.20.0", "Apache-2.0", github("kubernetes/kube-state-metrics")),
  },
  nodeExporter: {
    image: "quay.io/prometheus/node-exporter",
    ...pin("v1.12.1-distroless", "Apache-2.0", github("prometheus/node_exporter")),
  },
  grafana: {
    image: "docker.io/grafana/grafana",
    ...pin("13.2.0", "AGPL-3.0-only", github("grafana/grafana")),
  },
  loki: {
    image: "docker.io/grafana/loki",
    ...pin("3.7.6", "AGPL-3.0-only", github("grafana/loki")),
  },
  alloy: {
    image: "docker.io/grafana/alloy",
    ...pin("v1.18.1", "Apache-2.0", github("grafana/alloy")),
  },
  dcgmExporter: {
    image: "nvcr.io/nvidia/k8s/dcgm-exporter",
    ...pin("4.5.3-4.8.2-distroless", "Apache-2.0", github("NVIDIA/dcgm-exporter")),
  },
  nodeFeatureDiscovery: {
    image: "registry.k8s.io/nfd/node-feature-discovery",
    ...pin("v0.19.0", "Apache-2.0", github("kubernetes-sigs/node-feature-discovery")),
  },
  // Adds two vectors on a GPU: what `mlops gpu` runs.
  cudaSample: {
    image: "nvcr.io/nvidia/k8s/cuda-sample",
    ...pin("vectoradd-cuda12.5.0-ubi8", "BSD-3-Clause", github("NVIDIA/cuda-samples")),
  },
  openCost: {
    image: "ghcr.io/opencost/opencost",
    ...pin("1.120.1", "Apache-2.0", github("opencost/opencost")),
  },
} as const satisfies Record<string, ImagePin>;

import type { Subject } from "../../conformance/subject";
import { broken, brokenPart, type Case, component, offer, release, value, without, written } from "./broken";

/** Rules broken by what is installed in a cluster. */
export const clusterCases: readonly Case[] = [
  [
    "closed-network",
    broken("mlflow", ({ platform }) => ({
      platform: { ...platform, policies: platform.policies.filter(({ metadata }) => metadata.name !== "allow-server") },
    })),
    "declared and not open: jupyterhub/user-server -> mlflow/server 5000",
  ],
  [
    "closed-network",
    broken("seldon", ({ platform }) => ({
      platform: {
        ...platform,
        policies: [
          ...platform.policies,
          { metadata: { name: "open", namespace: "seldon" }, spec: { podSelector: {}, ingress: [{}] } },
        ],
      },
    })),
    "open and not declared: (another namespace) -> seldon/operator 22",
  ],
  [
    "judged-where-made",
    broken(
      "prefect",
      component(({ startsForPeople }) => ({ startsForPeople: { ...startsForPeople, maker: "another" } })),
    ),
    "no policy judges what system:serviceaccount:prefect:another makes",
  ],
  [
    "judged-where-made",
    broken("seldon", ({ platform }) => ({
      platform: { ...platform, releases: platform.releases.filter(({ name }) => name !== "admission") },
    })),
    "its policy is not in force",
  ],
  [
    "judged-where-made",
    broken(
      "dask-gateway",
      component(() => ({ startsForPeople: undefined })),
    ),
    "people's code runs in its pods, and it does not say how",
  ],
  [
    "has-a-priority",
    broken("jupyterhub", value({ hub: { config: { KubeSpawner: { priority_class_name: "mine" } } } })),
    "there is no priority class mine",
  ],
  [
    "has-a-priority",
    broken("prefect", without("priorityClassName")),
    "none of its pods has the priority open-mlops-people",
  ],
  [
    "comes-before-people",
    broken("mlflow", without("open-mlops-tools")),
    "mlflow names no class that comes before people's",
  ],
  [
    "comes-before-people",
    brokenPart("envoy-gateway", without("priorityClassName")),
    "EnvoyProxy models names no class that comes before people's",
  ],
  ["one-at-a-time", broken("mlflow", value({ replicaCount: 2 })), "mlflow runs 2 times, and all may be taken at once"],
  [
    "one-at-a-time",
    broken("mlflow", value({ extraDeploy: [{ kind: "PodDisruptionBudget" }] })),
    "mlflow runs once, and its disruption budget holds the node it is on",
  ],
  ["pod-security", broken("mlflow", () => ({ namespaceLabels: {} })), "the namespace enforces no standard"],
  [
    "pod-security",
    broken("mlflow", () => ({ namespaceLabels: { "pod-security.kubernetes.io/enforce": "baseline" } })),
    "the namespace enforces baseline without a reason",
  ],
  ["no-secret-in-values", broken("mlflow", value({ auth: { adminPassword: "x" } })), "mlflow: auth.adminPassword"],
  [
    "no-secret-in-values",
    broken("mlflow", value({ env: { MODE: "k7Tq2vXm9RbL4wZc8NfH3jYd6PsG1aEu" } })),
    "mlflow: env.MODE",
  ],
  [
    "secrets-made-once",
    broken("mlflow", written("mlflow-database", "another")),
    "mlflow-database.password is not copied to it",
  ],
  [
    "secrets-made-once",
    broken("mlflow", written("IfNotExists", "Replace")),
    "its secrets may be made anew over those that are there",
  ],
  [
    "closed-services",
    broken("mlflow", value({ service: { type: "LoadBalancer" } })),
    "mlflow: service.type is LoadBalancer",
  ],
  [
    "closed-services",
    broken("jupyterhub", value({ proxy: { type: "NodePort" } })),
    "jupyterhub: proxy.type is NodePort",
  ],
  [
    "own-buckets",
    broken(
      "mlflow",
      component(({ needs }) => ({
        needs: { ...needs, serviceAccounts: [{ name: "people", buckets: ["artifacts"], runsPeoplesCode: true }] },
      })),
    ),
    "people opens artifacts",
  ],
  [
    "asks-who-comes",
    broken(
      "prefect",
      component(({ published = [] }) => ({ published: published.map((one) => ({ ...one, signIn: "own" })) })),
    ),
    "everybody gets to prefect, and it has no client of who knows people",
  ],
  [
    "asks-who-comes",
    brokenPart("keycloak", ({ component: one }) => ({
      component: { ...one, published: one.published?.map(({ paths: _, ...all }) => all) },
    })),
    "everybody gets to sign-in, and it has no client of who knows people",
  ],
  [
    "tells-figures",
    broken(
      "mlflow",
      component(({ traffic }) => ({ traffic: { server: { ...traffic["server"], noMetrics: undefined } } })),
    ),
    "server tells no figures, and does not say why",
  ],
  ["tells-figures", brokenPart("keycloak", written("PodMonitor", "Other")), "nobody gathers the figures of server"],
  ["alerts-cover-it", brokenPart("keycloak", written("|keycloak|", "|")), "ToolDown does not speak of it"],
  ["alerts-cover-it", brokenPart("logging", written("NotWatched", "Other")), "NotWatched does not speak of it"],
  ["contract", offer("mlflow", { clientEnv: {} }), "it does not give MLFLOW_TRACKING_URI"],
  [
    "contract",
    offer("seldon", { clientEnv: { OPEN_MLOPS_SERVING_TARGET: "x", OTHER: "y" } }),
    "it gives OTHER, which its role does not",
  ],
  [
    "knows-what-it-consumes",
    broken("mlflow", value({ url: "http://prefect-server.prefect:4200" })),
    "it names an address of prefect",
  ],
  ["found-by-variables", broken("jupyterhub", without("PREFECT_API_URL")), "its pods do not get PREFECT_API_URL"],
  ["shared-data", broken("dask-gateway", without("OPEN_MLOPS_DATA")), "its pods do not get OPEN_MLOPS_DATA"],
  [
    "shared-data",
    broken(
      "prefect",
      component(({ needs }) => ({
        needs: { ...needs, serviceAccounts: needs.serviceAccounts?.map((each) => ({ ...each, buckets: [] })) },
      })),
    ),
    "flow-run may not open it",
  ],
  ["asks-for-memory", broken("mlflow", without("requests")), "its values guarantee nothing to its pods"],
  [
    "asks-for-memory",
    broken("mlflow", value({ resources: { requests: { memory: "1Gi" } } })),
    "mlflow: resources has no limit of memory",
  ],
  [
    "rolled-back",
    broken(
      "prefect",
      release(() => ({ atomic: false })),
    ),
    "prefect-server is not",
  ],
  [
    "people-stay",
    broken("jupyterhub", without("karpenter.sh/do-not-disrupt")),
    "its pods do not carry karpenter.sh/do-not-disrupt",
  ],
  [
    "pinned-charts",
    broken(
      "mlflow",
      release(() => ({ version: undefined })),
    ),
    "mlflow: mlflow of any version is no pin",
  ],
  [
    "pinned-images",
    broken("mlflow", value({ image: { repository: "docker.io/a/b", tag: "latest" } })),
    "mlflow: image",
  ],
  ["pinned-images", broken("mlflow", value({ image: { name: "docker.io/a/b" } })), "mlflow: image"],
  ["answers-for-its-health", offer("mlflow", { health: undefined }), "http://mlflow.mlflow has no health"],
  [
    "written-down",
    broken(
      "mlflow",
      component(() => ({ name: "unwritten" })),
    ),
    "unwritten has no README.md",
  ],
  [
    "reports-to-nobody",
    broken("prefect", without("MLFLOW_DISABLE_TELEMETRY")),
    "its pods do not get MLFLOW_DISABLE_TELEMETRY",
  ],
  ["people-are-limited", broken("prefect", without("limits")), "prefect-worker: people's pods have no limit of memory"],
  [
    "people-are-limited",
    broken("jupyterhub", without("mem_limit")),
    "jupyterhub: people's pods have no limit of memory",
  ],
  ["people-are-limited", unknownChart("dask-gateway"), "dask-gateway: no memory of its people's pods is known"],
  [
    "idle-ends",
    broken("jupyterhub", value({ cull: { enabled: false } })),
    "jupyterhub: nothing ends what people start",
  ],
  ["idle-ends", broken("dask-gateway", without("idle_timeout")), "dask-gateway: nothing ends what people start"],
  ["idle-ends", unknownChart("prefect"), "prefect: nothing ends what people start"],
  [
    "buckets-by-variables",
    broken("mlflow", without("AWS_ENDPOINT_URL_S3")),
    "pods of mlflow do not get AWS_ENDPOINT_URL_S3",
  ],
  [
    "buckets-by-variables",
    broken("prefect", without("flow-run-bucket-keys")),
    "pods of flow-run do not get AWS_ACCESS_KEY_ID of flow-run-bucket-keys",
  ],
  ["no-store-along", broken("prefect", value({ postgresql: { enabled: true } })), "prefect-server brings postgresql"],
  [
    "no-store-along",
    broken("jupyterhub", without("jupyterhub-database")),
    "it does not open its database by jupyterhub-database",
  ],
  [
    "migrates-itself",
    broken("mlflow", value({ backendStore: { databaseMigration: false } })),
    "mlflow does not migrate its database",
  ],
  [
    "migrates-itself",
    broken(
      "prefect",
      value({ global: { prefect: { env: [{ name: "PREFECT_API_DATABASE_MIGRATE_ON_START", value: "false" }] } } }),
    ),
    "prefect-server does not migrate its database",
  ],
  ["migrates-itself", unknownChart("jupyterhub"), "nothing is known of how jupyterhub migrates its database"],
  [
    "after-what-it-consumes",
    broken(
      "seldon",
      release(() => ({ dependsOn: [] })),
    ),
    "seldon-core-operator does not wait for mlflow",
  ],
  [
    "one-toolbox",
    broken("dask-gateway", without("open-mlops/toolbox")),
    "its pods do not run localhost/open-mlops/toolbox:0.1.0",
  ],
  [
    "image-is-there",
    broken("prefect", without("open-mlops/toolbox")),
    "no image of its pods is held; those that are: localhost/open-mlops/toolbox:0.1.0",
  ],
  [
    "image-is-there",
    broken("dask-gateway", ({ platform }) => ({ platform: { ...platform, releases: [] } })),
    "no image of its pods is held; those that are: none",
  ],
  [
    "no-detour",
    offer("mlflow", { clientEnv: { MLFLOW_TRACKING_URI: "http://proxy-public.jupyterhub/services/mlflow" } }),
    "MLFLOW_TRACKING_URI leads to proxy-public.jupyterhub",
  ],
  ["unthrottled", broken("mlflow", value({ resources: { limits: { cpu: "1" } } })), "mlflow: resources.limits"],
];

/** A component whose charts nobody knows. */
function unknownChart(name: string): Subject {
  return broken(
    name,
    release(() => ({ chart: "another" })),
  );
}

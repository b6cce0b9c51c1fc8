import type { Construct } from "constructs";
import type { ClusterContext, Component, ComponentDefinition, SignInProvider } from "../../contracts/component";
import type { LabContext } from "../../contracts/lab";
import type { Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { imageUser } from "../../foundation/pods";
import { priorities } from "../../foundation/scheduling/priorities";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { callbackPath } from "./identity";
import { type JupyterhubOptions, options } from "./options";
import { jupyterhubProcesses } from "./process";
import { homesGroup, jupyterhubValues, proxyMetricsPort } from "./values";

type Consumed = "tracking" | "workflow" | "serving" | "compute";

/** Its pods, whatever an environment says of it. */
const traffic = {
  hub: {
    labels: { app: "jupyterhub", component: "hub" },
    answers: { "sign-in": [8081] },
    // The page is reached from outside too, by the proxy.
    metrics: { port: 8081, path: "/hub/metrics", signIn: true },
    calls: { proxy: [8001], "user-server": [8888] },
    uses: ["database", "kubernetes-api", "identity"],
  },
  proxy: {
    labels: { app: "jupyterhub", component: "proxy" },
    answers: { page: [8000] },
    metrics: { port: proxyMetricsPort, path: "/metrics" },
    calls: { hub: [8081], "user-server": [8888] },
  },
  "user-server": {
    labels: { app: "jupyterhub", component: "singleuser-server" },
    calls: { hub: [8081] },
    consumes: ["tracking", "workflow", "serving", "compute"],
    uses: ["buckets", "kubernetes-api", "internet"],
  },
  "image-puller": { labels: { app: "jupyterhub", component: "continuous-image-puller" } },
} as const satisfies Traffic<Consumed>;

/** JupyterHub: people sign in, choose a size, and get a server in which every client finds its tool. */
export class Jupyterhub implements Component<"notebooks", Consumed> {
  readonly name = "jupyterhub";
  readonly role = "notebooks";
  readonly consumes = ["tracking", "workflow", "serving", "compute"] as const;
  readonly needs: Needs;
  readonly traffic: Traffic<Consumed>;
  readonly startsForPeople = {
    maker: "hub",
    makes: "pods",
    groups: ["user-server"],
    serviceAccount: "jupyter-user",
    priorities: [priorities.people],
    byTeam: true,
  } as const;
  /** The files' group is that of the volume, and what the spawner gives the claim. */
  readonly homes = {
    labels: { app: "jupyterhub", component: "singleuser-storage" },
    owner: "hub.jupyter.org/username",
    user: imageUser,
    group: homesGroup,
  };
  readonly published = [
    { host: "hub", backend: { service: "proxy-public", port: 80 }, signIn: "own", page: true },
  ] as const;
  readonly signIn: SignInProvider = {
    clusterApi: (namespace) => `http://hub.${namespace}:8081/hub/api`,
    labApi: (port) => `http://127.0.0.1:${port("hub")}/hub/api`,
  };

  constructor(readonly options: JupyterhubOptions) {
    const gpus = Math.max(0, ...(options.profiles ?? []).map((p) => p.gpus));
    const onGeneral = (options.profiles ?? []).filter((p) => p.gpus === 0);
    const largestPod = {
      cpu: Math.max(0, ...onGeneral.map((p) => p.cpu)),
      memoryGiB: Math.max(0, ...onGeneral.map((p) => p.memoryGiB)),
    };
    this.traffic = {
      ...traffic,
      ...(options.placeholders > 0
        ? { placeholder: { labels: { app: "jupyterhub", component: "user-placeholder" } } }
        : {}),
    };
    this.needs = {
      database: true,
      identityClient: { host: "hub", callbacks: [callbackPath] },
      serviceAccounts: [{ name: "jupyter-user", buckets: ["data"], runsPeoplesCode: true }],
      secrets: {
        "hub.config.JupyterHub.cookie_secret": "hex32",
        "hub.config.CryptKeeper.keys": "hex32",
        password: "alphanumeric",
        "admin-password": "alphanumeric",
        "admin-token": "hex32",
        "proxy-token": "hex32",
        "terminal-token": "hex32",
      },
      ...(gpus > 0 ? { gpu: gpus } : {}),
      ...(onGeneral.length > 0 ? { largestPod } : {}),
    };
  }

  install(scope: Construct, context: ClusterContext<Consumed>) {
    new HelmChart(scope, "hub", {
      chart: context.chart(charts.jupyterhub),
      name: this.name,
      namespace: context.namespace,
      values: jupyterhubValues(context, this.options),
      extraValues: this.options.extraValues,
    });
    const address = `http://proxy-public.${context.namespace}`;
    return { address, page: address, health: `${address}/hub/health`, clientEnv: {} };
  }

  processes(context: LabContext<Consumed>) {
    return jupyterhubProcesses(context, this.options);
  }
}

export const jupyterhub = {
  role: "notebooks",
  options,
  create: (chosen) => new Jupyterhub(chosen),
} satisfies ComponentDefinition<"notebooks", typeof options>;

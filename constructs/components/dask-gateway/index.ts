import type { Construct } from "constructs";
import type { ClusterContext, Component, ComponentDefinition } from "../../contracts/component";
import type { LabContext } from "../../contracts/lab";
import type { Needs } from "../../contracts/needs";
import type { PodSecurity } from "../../contracts/pod-security";
import type { PodTraffic, Traffic } from "../../contracts/traffic";
import { priorities } from "../../foundation/scheduling/priorities";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { type DaskGatewayOptions, options } from "./options";
import { daskGatewayProcesses } from "./process";
import { daskAccounts, daskRights } from "./rights";
import { daskGatewayValues } from "./values";

/** On the pods of the chart and on those of clusters. */
const labels = { "app.kubernetes.io/name": "dask-gateway" } as const;

/** What people's functions do, on schedulers as well as on workers. */
const peoplesCode = {
  consumes: ["tracking"],
  uses: ["buckets", "internet"],
} as const satisfies Partial<PodTraffic<"tracking">>;

/** Dask Gateway: Dask clusters on demand, for people and flows that sign in through the Hub. */
export class DaskGateway implements Component<"compute", "tracking"> {
  readonly name = "dask-gateway";
  readonly role = "compute";
  readonly consumes = ["tracking"] as const;
  readonly needs: Needs = {
    serviceAccounts: [{ name: "dask-worker", buckets: ["data"], runsPeoplesCode: true }],
    signIn: true,
  };
  readonly startsForPeople = {
    maker: daskAccounts.controller,
    makes: "pods",
    groups: ["scheduler", "worker"],
    serviceAccount: "dask-worker",
    // Made for each cluster: the keys of its connections.
    secrets: ["dask-credentials-"],
    priorities: [priorities.people, priorities.workers],
    byTeam: true,
  } as const;
  readonly published = [
    // Dashboards of clusters, which ask nobody. Code comes from inside, with a token of the Hub.
    { host: "dask", backend: { service: "traefik-dask-gateway", port: 80 }, signIn: "edge" },
  ] as const;
  readonly traffic: Traffic<"tracking"> = {
    traefik: {
      labels: { ...labels, "app.kubernetes.io/component": "traefik" },
      answers: { offer: [8000], page: [8000] },
      metrics: { port: 9000, path: "/metrics" },
      // A client's connection and a cluster's dashboard pass through to the scheduler.
      calls: { gateway: [8000], scheduler: [8786, 8787] },
      uses: ["kubernetes-api"],
    },
    gateway: {
      labels: { ...labels, "app.kubernetes.io/component": "gateway" },
      calls: { scheduler: [8788] },
      uses: ["kubernetes-api", "sign-in"],
    },
    controller: { labels: { ...labels, "app.kubernetes.io/component": "controller" }, uses: ["kubernetes-api"] },
    scheduler: {
      labels: { ...labels, "app.kubernetes.io/component": "dask-scheduler" },
      metrics: { port: 8787, path: "/metrics", labels: ["gateway.dask.org/cluster"] },
      calls: { gateway: [8000], worker: "all" },
      ...peoplesCode,
    },
    // Ports of workers are chosen at run time. That a worker talks to its own cluster alone, no policy can say.
    worker: {
      labels: { ...labels, "app.kubernetes.io/component": "dask-worker" },
      calls: { scheduler: [8786], worker: "all" },
      ...peoplesCode,
    },
  };
  readonly podSecurity: PodSecurity = {
    standard: "baseline",
    because:
      "the chart gives its gateway, controller and proxy no restricted security context, and has no value for one",
  };

  constructor(private readonly options: DaskGatewayOptions) {}

  install(scope: Construct, context: ClusterContext<"tracking">) {
    const accounts = new HelmChart(scope, "rights", {
      chart: ownChart("manifests"),
      name: `${this.name}-rights`,
      namespace: context.namespace,
      values: { manifests: daskRights(context.namespace) },
    });
    new HelmChart(scope, "gateway", {
      chart: context.chart(charts.daskGateway),
      name: this.name,
      namespace: context.namespace,
      values: daskGatewayValues(context, this.name, this.options),
      extraValues: this.options.extraValues,
      after: [accounts],
    });
    const host = `traefik-dask-gateway.${context.namespace}`;
    return {
      address: `http://${host}`,
      health: `http://${host}/api/health`,
      clientEnv: {
        DASK_GATEWAY__ADDRESS: `http://${host}`,
        DASK_GATEWAY__PROXY_ADDRESS: `gateway://${host}:80`,
        DASK_GATEWAY__AUTH__TYPE: "jupyterhub",
      },
    };
  }

  processes(context: LabContext<"tracking">) {
    return daskGatewayProcesses(context, this.options);
  }
}

export const daskGateway = {
  role: "compute",
  options,
  create: (chosen) => new DaskGateway(chosen),
} satisfies ComponentDefinition<"compute", typeof options>;

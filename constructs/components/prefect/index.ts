import type { Construct } from "constructs";
import type { ClusterContext, Component, ComponentDefinition } from "../../contracts/component";
import type { LabContext } from "../../contracts/lab";
import type { Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { priorities } from "../../foundation/scheduling/priorities";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { flowRunLabels } from "./job-template";
import { options, type PrefectOptions } from "./options";
import { prefectProcesses } from "./process";
import { prefectServerValues, prefectWorkerValues } from "./values";

type Consumed = "tracking" | "serving" | "compute";

/** Prefect: a server, a work pool and a worker. Flow runs are Kubernetes jobs in a cluster and processes in the lab. */
export class Prefect implements Component<"workflow", Consumed> {
  readonly name = "prefect";
  readonly role = "workflow";
  readonly consumes = ["tracking", "serving", "compute"] as const;
  readonly needs: Needs = {
    database: true,
    serviceAccounts: [{ name: "flow-run", buckets: ["data"], runsPeoplesCode: true }],
    // Flow runs sign in to the compute engine as this service.
    signIn: true,
  };
  readonly startsForPeople = {
    maker: "prefect-worker",
    makes: "jobs",
    groups: ["flow-run"],
    serviceAccount: "flow-run",
    token: true,
    priorities: [priorities.people],
  } as const;
  readonly published = [
    {
      host: "prefect",
      backend: { service: "prefect-server", port: 4200 },
      signIn: "edge",
      page: true,
      // Its interface asks by POST for lists, counts and histories. Not get_scheduled_flow_runs, which says that a worker is
      // there to do them.
      reads: ["/api/.*/(filter|count|history|paginate|lateness)", "/api/ui/.*"],
      // `include_secrets` shows them, and for a POST it is in the body.
      secrets: ["/api/.*block_documents.*"],
    },
  ] as const;
  readonly traffic: Traffic<Consumed> = {
    server: {
      labels: { "app.kubernetes.io/name": "prefect-server" },
      answers: { offer: [4200], page: [4200] },
      metrics: { port: 4200, path: "/api/metrics" },
      uses: ["database"],
    },
    worker: {
      labels: { "app.kubernetes.io/name": "prefect-worker" },
      calls: { server: [4200] },
      uses: ["kubernetes-api"],
    },
    "flow-run": {
      labels: flowRunLabels,
      calls: { server: [4200] },
      consumes: ["tracking", "serving", "compute"],
      uses: ["buckets", "kubernetes-api", "internet"],
    },
  };

  constructor(private readonly options: PrefectOptions) {}

  install(scope: Construct, context: ClusterContext<Consumed>) {
    const server = `http://prefect-server.${context.namespace}:4200`;
    const api = `${server}/api`;
    const serverChart = new HelmChart(scope, "server", {
      chart: context.chart(charts.prefectServer),
      name: "prefect-server",
      namespace: context.namespace,
      values: prefectServerValues(context, server),
      extraValues: this.options.extraServerValues,
    });
    new HelmChart(scope, "worker", {
      chart: context.chart(charts.prefectWorker),
      name: "prefect-worker",
      namespace: context.namespace,
      values: prefectWorkerValues(context, this.options, api, context.signIn().token),
      extraValues: this.options.extraWorkerValues,
      after: [serverChart],
    });
    return {
      address: api,
      page: server,
      health: `${api}/health`,
      clientEnv: { PREFECT_API_URL: api, PREFECT_DEFAULT_WORK_POOL_NAME: this.options.pool },
    };
  }

  processes(context: LabContext<Consumed>) {
    return prefectProcesses(context, this.options);
  }
}

export const prefect = {
  role: "workflow",
  options,
  create: (chosen) => new Prefect(chosen),
} satisfies ComponentDefinition<"workflow", typeof options>;

import type { Construct } from "constructs";
import type { ClusterContext, Component, ComponentDefinition } from "../../contracts/component";
import type { LabContext } from "../../contracts/lab";
import type { Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { type MlflowOptions, options } from "./options";
import { mlflowProcesses } from "./process";
import { mlflowValues } from "./values";

/** MLflow: runs, artifacts and the model registry, with artifacts passed through the server so that clients hold no keys. */
export class Mlflow implements Component<"tracking"> {
  readonly name = "mlflow";
  readonly role = "tracking";
  readonly consumes = [] as const;
  readonly needs: Needs = {
    database: true,
    buckets: ["artifacts"],
    serviceAccounts: [{ name: "mlflow", buckets: ["artifacts"] }],
  };
  readonly published = [
    {
      host: "mlflow",
      backend: { service: "mlflow", port: 80 },
      signIn: "edge",
      page: true,
      // Searches, by the REST interface and by the page's GraphQL.
      reads: ["/(ajax-)?api/2\\.0/mlflow/.*/(search|get-latest-versions|batchGet)(-v2)?", "/graphql"],
      // Artifacts pass through the server.
      largestBodyMiB: 10240,
    },
  ] as const;
  readonly traffic: Traffic<never> = {
    server: {
      labels: { app: "mlflow" },
      answers: { offer: [5000], page: [5000] },
      noMetrics:
        "they need a package more in its image, and its list of hosts the addresses of pods; the edge counts its requests",
      uses: ["database", "buckets"],
    },
  };

  constructor(private readonly options: MlflowOptions) {}

  install(scope: Construct, context: ClusterContext) {
    new HelmChart(scope, "server", {
      chart: context.chart(charts.mlflow),
      name: this.name,
      namespace: context.namespace,
      values: mlflowValues(context, this.options),
      extraValues: this.options.extraValues,
    });
    const address = `http://mlflow.${context.namespace}`;
    return { address, page: address, health: `${address}/health`, clientEnv: { MLFLOW_TRACKING_URI: address } };
  }

  processes(context: LabContext) {
    return mlflowProcesses(context);
  }
}

export const mlflow = {
  role: "tracking",
  options,
  create: (chosen) => new Mlflow(chosen),
} satisfies ComponentDefinition<"tracking", typeof options>;

import type { Construct } from "constructs";
import { z } from "zod";
import type { ClusterContext, Component, ComponentDefinition } from "../../contracts/component";
import type { LabContext } from "../../contracts/lab";
import { dataBucket, type Needs } from "../../contracts/needs";
import type { Traffic } from "../../contracts/traffic";
import { priorities } from "../../foundation/scheduling/priorities";
import { HelmChart } from "../../helm-chart";
import { charts, images } from "../../pins";
import { ownChart } from "../../sources";
import { extraValues } from "../options";
import { deployerRights } from "./deployers";
import { seldonProcesses } from "./process";
import { servingSettings } from "./settings";
import { seldonValues } from "./values";

const options = z.strictObject({ extraValues: extraValues.optional() });

export type SeldonOptions = z.output<typeof options>;

/**
 * Seldon Core's operator with MLServer: models behind the Open Inference Protocol. In the lab MLServer serves them
 * itself. People deploy with `mlflow deployments`, and the target in the offer says where.
 */
export class Seldon implements Component<"serving", "tracking"> {
  readonly name = "seldon";
  readonly role = "serving";
  readonly consumes = ["tracking"] as const;
  // The inference log lies with people's data, which whoever deploys a model may read and write anyway.
  readonly needs: Needs = { serviceAccounts: [{ name: "model-server", buckets: [dataBucket] }] };
  readonly startsForPeople = {
    maker: "seldon-manager",
    makes: "deployments",
    groups: ["model"],
    serviceAccount: "model-server",
    images: [images.seldonExecutor, images.seldonStorageInitializer],
    // A deployment that names none has 0, which is between them.
    priorities: [priorities.models, priorities.people],
  } as const;
  // A route for each deployment, made with it.
  readonly published = [{ host: "models", signIn: "edge" }] as const;
  readonly traffic: Traffic<"tracking"> = {
    // No webhook: the API server never calls it (see values.ts).
    operator: {
      labels: { "control-plane": "seldon-controller-manager" },
      metrics: { port: 8080, path: "/metrics" },
      uses: ["kubernetes-api"],
    },
    // MLServer's ports for HTTP and gRPC.
    model: {
      labels: { "app.kubernetes.io/managed-by": "seldon-core" },
      answers: { offer: [9000, 9500], page: [9000] },
      // The operator gives each deployment a service that selects by the deployment's name.
      selectedByOthers: true,
      metrics: { port: 6000, path: "/prometheus", labels: ["seldon-deployment-id"] },
      consumes: ["tracking"],
      uses: ["buckets"],
    },
  };

  constructor(private readonly options: SeldonOptions) {}

  install(scope: Construct, context: ClusterContext<"tracking">) {
    const { namespace, consumers } = context;
    new HelmChart(scope, "operator", {
      chart: context.chart(charts.seldonOperator),
      name: "seldon-core-operator",
      namespace,
      values: seldonValues(context),
      extraValues: this.options.extraValues,
    });
    new HelmChart(scope, "deployers", {
      chart: ownChart("manifests"),
      name: "deployers",
      namespace,
      values: { manifests: [servingSettings(context), ...deployerRights(namespace, consumers)] },
    });
    const target = `seldon://${namespace}`;
    return { address: target, clientEnv: { OPEN_MLOPS_SERVING_TARGET: target } };
  }

  processes(context: LabContext<"tracking">) {
    return seldonProcesses(context);
  }
}

export const seldon = {
  role: "serving",
  options,
  create: (chosen) => new Seldon(chosen),
} satisfies ComponentDefinition<"serving", typeof options>;

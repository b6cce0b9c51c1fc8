import type { Construct } from "constructs";
import type { ClusterContext, Component, ComponentDefinition } from "../../contracts/component";
import type { LabContext } from "../../contracts/lab";
import type { Needs } from "../../contracts/needs";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { type DaskGatewayOptions, options } from "./options";
import { daskGatewayProcesses } from "./process";
import { daskGatewayValues } from "./values";

/** Dask Gateway: Dask clusters on demand, for people and flows that sign in through the Hub. */
export class DaskGateway implements Component<"compute", "tracking"> {
  readonly name = "dask-gateway";
  readonly role = "compute";
  readonly consumes = ["tracking"] as const;
  readonly needs: Needs = {
    serviceAccounts: [{ name: "dask-worker", buckets: ["data"], runsPeoplesCode: true }],
    signIn: true,
  };

  constructor(private readonly options: DaskGatewayOptions) {}

  install(scope: Construct, context: ClusterContext<"tracking">) {
    new HelmChart(scope, "gateway", {
      chart: context.chart(charts.daskGateway),
      name: this.name,
      namespace: context.namespace,
      values: daskGatewayValues(context, this.name, this.options),
      extraValues: this.options.extraValues,
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

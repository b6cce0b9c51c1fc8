import type { Construct } from "constructs";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import type { Needs } from "../../contracts/needs";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { operatorAccount } from "./account";
import { externalSecretsValues } from "./values";

/** External Secrets: makes random values inside the cluster, and keeps a copy wherever one is needed. */
export class ExternalSecrets implements FoundationPart {
  readonly name = operatorAccount.namespace;
  readonly makesSecrets = true as const;
  readonly needs: Needs = {};
  readonly traffic = {
    operator: {
      labels: { "app.kubernetes.io/name": "external-secrets" },
      metrics: { port: 8080, path: "/metrics" },
      uses: ["kubernetes-api"],
    },
  } as const;

  install(scope: Construct, context: PartContext): void {
    new HelmChart(scope, "operator", {
      chart: context.chart(charts.externalSecrets),
      name: operatorAccount.name,
      namespace: context.namespace,
      values: externalSecretsValues(context),
    });
  }
}

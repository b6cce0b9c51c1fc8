import type { Construct } from "constructs";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import { foundationNamespace } from "../../contracts/names";
import type { Needs } from "../../contracts/needs";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { copiesOf, generatedSecrets } from "../secrets";
import { reloaderRights } from "./rights";
import { reloaderValues } from "./values";

/** Reloader: starts a tool's servers again when a generated secret that they read has changed. */
export class Reloader implements FoundationPart {
  readonly name = "reloader";
  readonly needs: Needs = {};
  readonly traffic = {
    controller: {
      labels: { "app.kubernetes.io/name": "reloader" },
      metrics: { port: 9090, path: "/metrics" },
      uses: ["kubernetes-api"],
    },
  } as const;

  install(scope: Construct, context: PartContext): void {
    const { namespace, parts } = context;
    const copies = generatedSecrets(parts, foundationNamespace).flatMap((each) => copiesOf(each, foundationNamespace));
    const namespaces = [...new Set(copies)].sort();
    const rights = new HelmChart(scope, "rights", {
      chart: ownChart("manifests"),
      name: "reloader-rights",
      namespace,
      values: { manifests: reloaderRights({ name: this.name, namespace }, namespaces) },
    });
    new HelmChart(scope, "controller", {
      chart: context.chart(charts.reloader),
      name: this.name,
      namespace,
      values: reloaderValues(context, this.name, namespaces),
      after: [rights],
    });
  }
}

import type { Construct } from "constructs";
import { type Certificates, proofWriter } from "../../contracts/edge";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { issuers } from "./issuers";
import { certManagerValues } from "./values";

/** cert-manager, and who signs the edge's certificate: Let's Encrypt, or an authority made in the cluster. */
export class CertManager implements FoundationPart {
  readonly name = proofWriter.namespace;
  readonly needs = { serviceAccounts: [{ name: proofWriter.serviceAccount, buckets: [] }] } as const;
  readonly traffic: Traffic<never>;

  constructor(certificates: Exclude<Certificates["mode"], "given">) {
    const of = (component: string) => ({ "app.kubernetes.io/component": component });
    const metrics = { port: 9402, path: "/metrics" };
    this.traffic = {
      // Let's Encrypt and Route 53 are asked over HTTPS.
      controller: {
        labels: of("controller"),
        metrics,
        uses: ["kubernetes-api", ...(certificates === "lets-encrypt" ? (["cloud"] as const) : [])],
      },
      webhook: { labels: of("webhook"), metrics, answers: { webhook: [10250] }, uses: ["kubernetes-api"] },
      "ca-injector": { labels: of("cainjector"), metrics, uses: ["kubernetes-api"] },
      // Waits, once, until the API server reaches the webhook.
      "start-check": { labels: of("startupapicheck"), uses: ["kubernetes-api"] },
    };
  }

  install(scope: Construct, context: PartContext): void {
    const { edge } = context.cluster;
    if (!edge) throw new Error("cert-manager is installed, and there is no edge that would have a certificate");
    const controller = new HelmChart(scope, "controller", {
      chart: context.chart(charts.certManager),
      name: this.name,
      namespace: context.namespace,
      values: certManagerValues(context),
    });
    new HelmChart(scope, "issuers", {
      chart: ownChart("manifests"),
      name: "issuers",
      namespace: context.namespace,
      values: { manifests: issuers(edge, context.namespace) },
      after: [controller],
    });
  }
}

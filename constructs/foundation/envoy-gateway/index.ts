import type { Construct } from "constructs";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { gateway } from "./gateway";
import { publishedHosts } from "./hosts";
import { hostsPolicy } from "./hosts-policy";
import { edgeNamespace, proxyLabels } from "./names";
import { proxies } from "./proxies";
import { route } from "./routes";
import { signInPolicies } from "./sign-in";
import { backendPolicy, clientPolicy, streamingPolicy } from "./traffic-policies";
import { envoyGatewayValues } from "./values";

/** The edge: Envoy Gateway, its proxies, and a host of the domain for everything that is published. */
export class EnvoyGateway implements FoundationPart {
  readonly name = edgeNamespace;
  readonly needs = {
    // It signs people in for every host that does not do so by itself.
    identityClient: { host: "*", callbacks: ["/oauth2/callback"] },
  } as const;
  readonly traffic: Traffic<never> = {
    controller: {
      labels: { "control-plane": "envoy-gateway" },
      metrics: { port: 19001, path: "/metrics" },
      uses: ["kubernetes-api"],
    },
    // Makes the certificates by which the controller and the proxies know each other, before both are there.
    "make-certificates": { labels: { app: "certgen" }, uses: ["kubernetes-api"] },
    proxies: {
      labels: proxyLabels,
      // Their ports for those that begin with 1024: HTTPS, and HTTP that is sent there.
      answers: { entry: [10443, 10080] },
      metrics: { port: 19001, path: "/stats/prometheus" },
      calls: { controller: [18000] },
      uses: ["pages", "identity"],
    },
  };

  install(scope: Construct, context: PartContext): void {
    const { cluster, namespace, parts } = context;
    const { edge } = cluster;
    if (!edge) throw new Error("the edge's gateway is installed, and the cluster has no edge");
    const controller = new HelmChart(scope, "controller", {
      chart: context.chart(charts.envoyGateway),
      name: this.name,
      namespace,
      values: envoyGatewayValues(context),
    });
    const hosts = publishedHosts(parts);
    // Who may come in is there before there is a way in, so that nothing is open in between.
    const rules = new HelmChart(scope, "rules", {
      chart: ownChart("manifests"),
      name: "edge-rules",
      namespace,
      values: {
        manifests: [
          clientPolicy(namespace, edge),
          backendPolicy(namespace),
          ...hosts.flatMap(streamingPolicy),
          ...signInPolicies(context),
          ...hostsPolicy(hosts, edge.domain, namespace),
        ],
      },
      after: [controller],
    });
    new HelmChart(scope, "gateway", {
      chart: ownChart("manifests"),
      name: "edge",
      namespace,
      values: {
        manifests: [
          proxies(context),
          ...gateway(edge, namespace),
          ...hosts.flatMap((host) => route(host, edge.domain, namespace)),
        ],
      },
      after: [rules],
    });
  }
}

import type { Construct } from "constructs";
import type { FoundationPart, PartContext } from "../../contracts/foundation";
import type { Traffic } from "../../contracts/traffic";
import { HelmChart } from "../../helm-chart";
import { charts } from "../../pins";
import { ownChart } from "../../sources";
import { gateway, gatewayClass, modelsGateway } from "./gateway";
import { publishedHosts } from "./hosts";
import { hostsPolicy } from "./hosts-policy";
import { edgeNames, edgeNamespace, modelsNames, proxyLabels } from "./names";
import { modelsProxies, proxies } from "./proxies";
import { route } from "./routes";
import { signInPolicies } from "./sign-in";
import { backendPolicy, clientPolicy, hostPolicies, modelsPolicy } from "./traffic-policies";
import { envoyGatewayValues } from "./values";

/**
 * Envoy Gateway. Everywhere it keeps the way to models for code inside, which splits requests between versions. Where the
 * platform has an edge, that is its proxies, and a host of the domain for everything that is published.
 */
export class EnvoyGateway implements FoundationPart {
  readonly name = edgeNamespace;
  readonly needs: FoundationPart["needs"];
  readonly traffic: Traffic<never>;

  /** @param edge whether there is a way in from outside */
  constructor(edge: boolean) {
    // It signs people in for every host that does not do so by itself.
    this.needs = edge ? { identityClient: { host: "*", callbacks: ["/oauth2/callback"] } } : {};
    this.traffic = { ...inside, ...(edge ? outside : {}) };
  }

  install(scope: Construct, context: PartContext): void {
    const { cluster, namespace, parts } = context;
    const { edge } = cluster;
    const controller = new HelmChart(scope, "controller", {
      chart: context.chart(charts.envoyGateway),
      name: this.name,
      namespace,
      values: envoyGatewayValues(context),
    });
    const hosts = publishedHosts(parts);
    const models = parts.filter(({ role }) => role === "serving").map(({ name }) => name);
    // Who may come in is there before there is a way in, so that nothing is open in between.
    const rules = new HelmChart(scope, "rules", {
      chart: ownChart("manifests"),
      name: "edge-rules",
      namespace,
      values: {
        manifests: [
          ...(edge
            ? [
                clientPolicy(namespace, edge),
                backendPolicy(namespace),
                ...hosts.flatMap(hostPolicies),
                ...signInPolicies(context),
              ]
            : []),
          modelsPolicy(namespace),
          ...hostsPolicy(hosts, { namespace, domain: edge?.domain }, models),
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
          gatewayClass(),
          modelsProxies(context),
          modelsGateway(namespace),
          ...(edge
            ? [
                proxies(context),
                ...gateway(edge, namespace),
                ...hosts.flatMap((host) => route(host, edge.domain, namespace)),
              ]
            : []),
        ],
      },
      after: [rules],
    });
  }
}

const inside: Traffic<never> = {
  controller: {
    labels: { "control-plane": "envoy-gateway" },
    metrics: { port: 19001, path: "/metrics" },
    uses: ["kubernetes-api"],
  },
  // Makes the certificates by which the controller and the proxies know each other, before both are there.
  "make-certificates": { labels: { app: "certgen" }, uses: ["kubernetes-api"] },
  models: {
    labels: proxyLabels(modelsNames.gateway),
    // Their port for HTTP, which begins with 1024.
    answers: { models: [10080] },
    metrics: { port: 19001, path: "/stats/prometheus" },
    calls: { controller: [18000] },
    uses: ["models"],
  },
};

const outside: Traffic<never> = {
  proxies: {
    labels: proxyLabels(edgeNames.gateway),
    // Their ports for those that begin with 1024: HTTPS, and HTTP that is sent there.
    answers: { entry: [10443, 10080] },
    metrics: { port: 19001, path: "/stats/prometheus" },
    calls: { controller: [18000] },
    uses: ["pages", "identity"],
  },
};

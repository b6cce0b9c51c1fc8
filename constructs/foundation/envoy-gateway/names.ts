/** The edge's namespace. */
export const edgeNamespace = "envoy-gateway";

/** What the objects of the edge are called; they are named from policies, from other namespaces and by people. */
export const edgeNames = {
  /** The gateway, its proxies and their service. */
  gateway: "edge",
  /** The listener that everything comes in by. */
  listener: "https",
  /** The class is the cluster's: another Envoy Gateway beside this one has a class and a controller of its own. */
  gatewayClass: "open-mlops",
  controller: "gateway.envoyproxy.io/open-mlops",
  /** The secret of the domain's certificate, in the edge's namespace. */
  certificate: "edge-certificate",
} as const;

/** The way to models for code inside the cluster: a gateway that nothing leads to from outside. */
export const modelsNames = {
  /** The gateway, its proxies and their service. */
  gateway: "models",
  listener: "http",
  /** As clients write it, and as routes of models name it. */
  host: `models.${edgeNamespace}`,
} as const;

/** The person's name, for tools: the edge sets it, and takes away what a client says. */
export const personHeader = "x-open-mlops-user";

/** Headers by which people sign in: code's token, and a browser's session. No tool behind the edge's sign-in is given them. */
export const staysAtTheEdge = ["authorization", "cookie"] as const;

/** Of every namespace of the platform. */
export const platformLabels = { "app.kubernetes.io/part-of": "open-mlops" } as const;

/** Of the pods of a gateway's proxies. */
export function proxyLabels(gateway: string) {
  return {
    "app.kubernetes.io/name": "envoy",
    "app.kubernetes.io/component": "proxy",
    "gateway.envoyproxy.io/owning-gateway-name": gateway,
  } as const;
}

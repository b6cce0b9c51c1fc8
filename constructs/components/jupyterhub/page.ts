import type { Entry } from "../../contracts/cluster-profile";

/** The service of the page that people sign in on, as the chart takes it. */
export type PageService =
  | { readonly type: "ClusterIP" | "NodePort" }
  | {
      readonly type: "LoadBalancer";
      readonly annotations: Readonly<Record<string, string>>;
      readonly loadBalancerSourceRanges: readonly string[];
      readonly disableHttpPort?: true;
    };

/** The page's part of the chart's `proxy` values. */
export interface Page {
  readonly service: PageService;
  /** `offload`: whoever stands before the service ends TLS, and port 443 speaks HTTP. */
  readonly https?: { readonly enabled: true; readonly type: "offload" };
}

/** The chart's default is a load balancer, open to the internet. */
export function page(entry: Entry): Page {
  switch (entry.mode) {
    case "port-forward":
      return { service: { type: "ClusterIP" } };
    case "node-port":
      return { service: { type: "NodePort" } };
    case "load-balancer": {
      const { annotations, from: loadBalancerSourceRanges, host } = entry;
      const service = { type: "LoadBalancer", annotations, loadBalancerSourceRanges } as const;
      // A second port would take passwords in clear text.
      return host
        ? { service: { ...service, disableHttpPort: true }, https: { enabled: true, type: "offload" } }
        : { service };
    }
  }
}

/** The port at which the service answers HTTP to what is in the cluster. */
export function pagePort(entry: Entry): 80 | 443 {
  return entry.mode === "load-balancer" && entry.host ? 443 : 80;
}

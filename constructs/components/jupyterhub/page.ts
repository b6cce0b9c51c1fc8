import type { Entry } from "../../contracts/cluster-profile";

/** The service of the page that people sign in on, as the chart takes it. */
export type PageService =
  | { readonly type: "ClusterIP" | "NodePort" }
  | {
      readonly type: "LoadBalancer";
      readonly annotations: Readonly<Record<string, string>>;
      readonly loadBalancerSourceRanges: readonly string[];
    };

/** The chart's default is a load balancer, open to the internet. */
export function pageService(entry: Entry): PageService {
  switch (entry.mode) {
    case "port-forward":
      return { type: "ClusterIP" };
    case "node-port":
      return { type: "NodePort" };
    case "load-balancer":
      return { type: "LoadBalancer", annotations: entry.annotations, loadBalancerSourceRanges: entry.from };
  }
}

import type { ClusterConnection, Entry } from "../constructs/contracts/cluster-profile";
import { type PortForward, portForward, serviceOf } from "./port-forward";

/** How a person opens a page: what to open, and what to run before it, where anything is. */
export type PageWay = Pick<PortForward, "address"> & Partial<PortForward>;

/**
 * How a person opens a page.
 *
 * @param entry how the page is opened to people; every page but the one they sign in on takes `port-forward`
 */
export function pageWay(page: string, otherPort: number, entry: Entry, connection: ClusterConnection): PageWay {
  const kubectl = (command: string) => command.replace(/^kubectl/, ["kubectl", ...kubectlFlags(connection)].join(" "));
  if (entry.mode === "port-forward") {
    const { command, address } = portForward(page, otherPort);
    return { command: kubectl(command), address };
  }
  if (entry.mode === "load-balancer" && entry.host) return { address: `https://${entry.host}` };
  const { service, namespace, protocol } = serviceOf(page);
  const read = (path: string) =>
    kubectl(`kubectl --namespace ${namespace} get service ${service} --output jsonpath='${path}'`);
  return entry.mode === "node-port"
    ? { command: read("{.spec.ports[0].nodePort}"), address: `${protocol}//(any node's address):(the port it prints)` }
    : {
        command: read("{.status.loadBalancer.ingress[0]['hostname','ip']}"),
        address: `${protocol}//(the address it prints)`,
      };
}

/** What kubectl needs to be told to talk to this cluster and no other. */
function kubectlFlags(connection: ClusterConnection): string[] {
  // On AWS the cluster's stack prints the command that makes its context the current one.
  if (connection.signIn === "exec") return [];
  return [...(connection.path ? ["--kubeconfig", connection.path] : []), "--context", connection.context];
}

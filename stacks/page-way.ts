import type { ClusterConnection } from "../constructs/contracts/cluster-profile";
import { type PortForward, portForward } from "./port-forward";

/** How a person opens a page: what to open, and what to run before it where it is not published. */
export type PageWay = Pick<PortForward, "address"> & Partial<PortForward>;

/** @param published the page's public address, where the edge opens it */
export function pageWay(
  page: string,
  otherPort: number,
  published: string | undefined,
  connection: ClusterConnection,
): PageWay {
  if (published) return { address: published };
  const { command, address } = portForward(page, otherPort);
  return { command: command.replace(/^kubectl/, ["kubectl", ...kubectlFlags(connection)].join(" ")), address };
}

/** What kubectl needs to be told to talk to this cluster and no other. */
export function kubectlFlags(connection: ClusterConnection): string[] {
  // On AWS the cluster's stack prints the command that makes its context the current one.
  if (connection.signIn === "exec") return [];
  return [...(connection.path ? ["--kubeconfig", connection.path] : []), "--context", connection.context];
}

import { homedir } from "node:os";
import * as path from "node:path";
import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { Fn, type TerraformStack } from "cdktf";
import type { ClusterConnection } from "../constructs/contracts/cluster-profile";

/** Gives a stack the two providers that talk to its cluster. */
export function connect(stack: TerraformStack, connection: ClusterConnection): void {
  if (connection.signIn === "kubeconfig") {
    const file = { configPaths: kubeconfigPaths(connection.path), configContext: connection.context };
    new HelmProvider(stack, "helm", { kubernetes: file });
    new KubernetesProvider(stack, "kubernetes", file);
    return;
  }
  const { command, args } = connection.exec;
  const cluster = { host: connection.host, clusterCaCertificate: Fn.base64decode(connection.caCertificate) };
  // A command that prints a token, run each time: a token itself would be dead after 15 minutes, and readable in the state.
  const exec = { apiVersion: "client.authentication.k8s.io/v1beta1", command, args: [...args] };
  new HelmProvider(stack, "helm", { kubernetes: { ...cluster, exec } });
  new KubernetesProvider(stack, "kubernetes", { ...cluster, exec: [exec] });
}

/** The files kubectl would read. Terraform's providers do not look at KUBECONFIG, and run in another folder. */
export function kubeconfigPaths(given: string | undefined, environment = process.env): string[] {
  const files = given ?? environment["KUBECONFIG"] ?? path.join("~", ".kube", "config");
  return files
    .split(path.delimiter)
    .filter(Boolean)
    .map((file) => path.resolve(file.replace(/^~(?=\/|$)/, homedir())));
}

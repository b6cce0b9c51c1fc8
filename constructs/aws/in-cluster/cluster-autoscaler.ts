import type { Construct } from "constructs";
import type { FoundationContext, ImageReference } from "../../contracts/cluster-profile";
import { type Resources, resources } from "../../foundation/pods";
import { HelmChart } from "../../helm-chart";
import { charts, images } from "../../pins";
import { autoscalerAccount } from "../autoscaler-rights";
import { nodesLabel } from "../gpu";

interface ClusterAutoscalerValues {
  readonly fullnameOverride: string;
  readonly cloudProvider: "aws";
  readonly awsRegion: string;
  readonly autoDiscovery: { readonly clusterName: string };
  readonly rbac: { readonly serviceAccount: { readonly name: string } };
  readonly image: ImageReference;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly resources: Resources;
  readonly extraArgs: Readonly<Record<string, string | boolean>>;
}

/**
 * The cluster autoscaler: adds a node to the group where a waiting pod would fit, and takes one away that was less than
 * half used for ten minutes. A node with somebody's server, run or worker on it stays: those pods say so themselves, by
 * `cluster-autoscaler.kubernetes.io/safe-to-evict`.
 */
export function installClusterAutoscaler(
  scope: Construct,
  { chart, image }: FoundationContext,
  { clusterName, region }: { readonly clusterName: string; readonly region: string },
): void {
  const name = autoscalerAccount.serviceAccount;
  new HelmChart<ClusterAutoscalerValues>(scope, name, {
    chart: chart(charts.clusterAutoscaler),
    name,
    namespace: autoscalerAccount.namespace,
    values: {
      fullnameOverride: name,
      cloudProvider: "aws",
      // One hop is not enough to ask the node's metadata.
      awsRegion: region,
      autoDiscovery: { clusterName },
      rbac: { serviceAccount: { name } },
      image: image(images.clusterAutoscaler),
      nodeSelector: { [nodesLabel]: "system" },
      resources: resources("regular", 50, 256, 512),
      extraArgs: {
        // Of several groups that would do, the one that leaves the least unused.
        expander: "least-waste",
        // The same group of each zone is kept at the same size.
        "balance-similar-node-groups": true,
        // A pod with scratch space can start again elsewhere.
        "skip-nodes-with-local-storage": false,
        v: "2",
      },
    },
  });
}

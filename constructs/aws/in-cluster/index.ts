import type { Construct } from "constructs";
import type { AwsNodes } from "../../contracts/aws-nodes";
import type { FoundationContext } from "../../contracts/cluster-profile";
import type { KarpenterSettings } from "../karpenter";
import { installClusterAutoscaler } from "./cluster-autoscaler";
import { installDevicePlugin } from "./device-plugin";
import { installKarpenter } from "./karpenter";

export interface InClusterProps {
  readonly clusterName: string;
  readonly region: string;
  readonly nodes: AwsNodes;
  /** How Karpenter starts machines; absent where the autoscaler sizes groups. */
  readonly karpenter?: KarpenterSettings;
  /** True where nodes have no way to the internet, and so none to AWS' prices. */
  readonly isolated: boolean;
}

/** What AWS itself keeps in the cluster: who adds and removes nodes, and who announces GPUs where the image does not. */
export function installInCluster(scope: Construct, context: FoundationContext, props: InClusterProps): void {
  const { karpenter, nodes } = props;
  if (karpenter) installKarpenter(scope, context, { ...props, karpenter });
  else installClusterAutoscaler(scope, context, props);
  const [first, ...others] = nodes.gpu.filter(({ image }) => image === "al2023");
  if (first) installDevicePlugin(scope, context, [first, ...others]);
}

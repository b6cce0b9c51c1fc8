import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { AwsNodes, GpuGroup, NodeGroupSize } from "../contracts/aws-nodes";
import type { GpuNodes } from "../contracts/cluster-profile";
import type { Account } from "./account";
import { autoscalerAccount, autoscalerRights } from "./autoscaler-rights";
import type { EksCluster } from "./eks-cluster";
import { gpuNodes } from "./gpu";
import { Role, trustService } from "./iam";
import { Karpenter, type KarpenterSettings } from "./karpenter";
import type { Network } from "./network";
import { NodeGroup } from "./node-group";
import { nodePolicies } from "./node-policies";
import { PodIdentity } from "./pod-identity";
import type { ScheduledGroup } from "./schedule";

export interface NodeGroupsProps {
  readonly account: Account;
  readonly cluster: EksCluster;
  readonly network: Pick<Network, "privateSubnetIds" | "egress">;
  readonly nodes: AwsNodes;
  /** Whether a schedule takes all nodes away at night. */
  readonly sleeps: boolean;
  /** What a node needs before it can be ready. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * The cluster's nodes: `system` for what must stay, `general` for people's work, and GPU groups, which only pods that
 * ask for a GPU can use. In the mode `groups` all are managed node groups, one in each zone; in the mode `karpenter`
 * only `system` is, and Karpenter starts machines for the others.
 */
export class NodeGroups extends Construct {
  /** The groups that pods without wishes run on from the beginning. */
  readonly ready: readonly ITerraformDependable[];
  readonly gpu?: GpuNodes;
  /** Every managed node group, as a schedule needs it. */
  readonly scheduled: readonly ScheduledGroup[];
  /** How Karpenter starts machines; absent where the autoscaler sizes groups. */
  readonly karpenter?: KarpenterSettings;

  constructor(scope: Construct, id: string, props: NodeGroupsProps) {
    super(scope, id);
    const { account, cluster, nodes, network, sleeps } = props;
    const scheduled: ScheduledGroup[] = [];
    this.scheduled = scheduled;
    const subnetIds = network.privateSubnetIds.slice(0, nodes.zones);
    const after = [...props.after, ...network.egress];
    const role = new Role(this, "role", {
      name: [account.prefix, "nodes"],
      trust: [trustService("ec2.amazonaws.com")],
      managedPolicies: nodePolicies.map((name) => account.managedPolicy(name)),
    });
    const inEachZone = (name: string, group: NodeGroupSize | GpuGroup) =>
      subnetIds.map((subnetId, zone) => {
        const props = { account, cluster, name, zone, subnetId, group, role, after, sleeps };
        const { resource } = new NodeGroup(this, `${name}-${zone}`, props);
        const { nodeGroupName: nodegroupName, arn } = resource;
        scheduled.push({ id: `${name}-${zone}`, nodegroupName, arn, min: group.min, isSystem: name === "system" });
        return resource;
      });
    const system = inEachZone("system", nodes.system);
    this.gpu = gpuNodes(nodes.gpu);
    if (nodes.mode === "karpenter") {
      this.ready = system;
      this.karpenter = new Karpenter(this, "karpenter", { account, cluster, nodes, subnetIds }).settings;
      return;
    }
    this.ready = [...system, ...inEachZone("general", nodes.general)];
    for (const group of nodes.gpu) inEachZone(group.name, group);
    new PodIdentity(this, "autoscaler", { account, cluster, ...autoscalerAccount, allow: autoscalerRights(props) });
  }
}

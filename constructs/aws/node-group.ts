import { AutoscalingGroupTagA } from "@cdktf/provider-aws/lib/autoscaling-group-tag";
import { EksNodeGroup } from "@cdktf/provider-aws/lib/eks-node-group";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { GpuGroup, NodeGroupSize } from "../contracts/aws-nodes";
import { instanceType } from "../contracts/prices";
import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import { gpuResource, gpusOnNode, gpuTaint, isGpuGroup, labelsOf } from "./gpu";
import type { Role } from "./iam";
import { nodeTemplate } from "./launch-template";
import { scratchGiB } from "./node-disks";

export interface NodeGroupProps {
  readonly account: Account;
  readonly cluster: EksCluster;
  readonly name: string;
  /** The zone it is in, by number. */
  readonly zone: number;
  readonly subnetId: string;
  readonly group: NodeGroupSize | GpuGroup;
  readonly role: Role;
  /** Whether a schedule takes its nodes away at night, its smallest size with them. */
  readonly sleeps: boolean;
  /** What a node needs before it can be ready. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * A managed node group in one zone: a volume stays in its zone, so the autoscaler must be able to add a node in that
 * one. It begins at its smallest size, and the autoscaler owns the number of nodes from then on.
 */
export class NodeGroup extends Construct {
  readonly resource: EksNodeGroup;

  constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    const { cluster, name, zone, group, role } = props;
    const template = nodeTemplate(this, "template", props);
    this.resource = new EksNodeGroup(this, "group", {
      clusterName: cluster.name,
      nodeGroupNamePrefix: `${name}-${zone}-`,
      version: cluster.version,
      nodeRoleArn: role.arn,
      subnetIds: [props.subnetId],
      amiType: amiType(group),
      capacityType: group.spot ? "SPOT" : "ON_DEMAND",
      instanceTypes: [...group.instanceTypes],
      launchTemplate: { id: template.id, version: `${template.latestVersion}` },
      scalingConfig: { minSize: group.min, maxSize: group.max, desiredSize: group.min },
      updateConfig: { maxUnavailable: 1 },
      nodeRepairConfig: { enabled: true },
      labels: labelsOf(name, group),
      taint: isGpuGroup(group) ? [{ ...gpuTaint, effect: "NO_SCHEDULE" }] : [],
      dependsOn: [...role.ready, ...props.after],
      lifecycle: {
        // Another instance type is another group: the new one is there before the old one is drained.
        createBeforeDestroy: true,
        ignoreChanges: [
          "scaling_config[0].desired_size",
          // A deployment at night must not wake it; the schedule brings a new size in the morning.
          ...(props.sleeps ? ["scaling_config[0].min_size"] : []),
        ],
      },
    });
    this.announce(name, group);
  }

  /**
   * Tells the autoscaler what a node of an empty group would have: a node group's own tags do not reach its scaling
   * group. Those by which it finds the group, EKS sets itself.
   */
  private announce(name: string, group: NodeGroupSize | GpuGroup): void {
    const prefix = "k8s.io/cluster-autoscaler/node-template";
    const labels = Object.entries(labelsOf(name, group));
    const tags = {
      ...Object.fromEntries(labels.map(([key, value]) => [`${prefix}/label/${key}`, value])),
      [`${prefix}/resources/ephemeral-storage`]: `${scratchGiB(group)}Gi`,
      ...(isGpuGroup(group)
        ? {
            [`${prefix}/taint/${gpuTaint.key}`]: `${gpuTaint.value}:NoSchedule`,
            [`${prefix}/resources/${gpuResource}`]: `${gpusOnNode(group)}`,
          }
        : {}),
    };
    const autoscalingGroupName = this.resource.resources.get(0).autoscalingGroups.get(0).name;
    for (const [key, value] of Object.entries(tags)) {
      new AutoscalingGroupTagA(this, `tag-${key.slice(prefix.length + 1).replaceAll(/[^\w]+/g, "-")}`, {
        autoscalingGroupName,
        tag: { key, value, propagateAtLaunch: false },
      });
    }
  }
}

/** The image that AWS keeps for the processor, and for GPUs with NVIDIA's driver in it. */
function amiType(group: NodeGroupSize | GpuGroup): string {
  const [type = ""] = group.instanceTypes;
  const processor = instanceType(type).architecture === "arm64" ? "ARM_64" : "x86_64";
  if (!isGpuGroup(group)) return `AL2023_${processor}_STANDARD`;
  return `${group.image === "bottlerocket" ? "BOTTLEROCKET" : "AL2023"}_${processor}_NVIDIA`;
}

import { AutoscalingGroupTagA } from "@cdktf/provider-aws/lib/autoscaling-group-tag";
import { EksNodeGroup } from "@cdktf/provider-aws/lib/eks-node-group";
import { LaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { GpuGroup, NodeGroupSize } from "../contracts/aws-nodes";
import type { GpuNodes } from "../contracts/cluster-profile";
import type { AwsEnvironment } from "../contracts/environment";
import { instanceType } from "../contracts/prices";
import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import { Role, trustService } from "./iam";
import type { Network } from "./network";

export interface NodeGroupsProps {
  readonly account: Account;
  readonly cluster: EksCluster;
  readonly network: Network;
  readonly nodes: AwsEnvironment["nodes"];
  /** What a node needs before it can be ready. */
  readonly after: readonly ITerraformDependable[];
}

/** The label by which pods choose a group of nodes: `system`, `general` or `gpu`. */
export const nodesLabel = "open-mlops/nodes";
/** What the autoscaler knows a GPU node by, and pods that ask for one. */
const acceleratorLabel = "k8s.amazonaws.com/accelerator";
const gpuResource = "nvidia.com/gpu";

/**
 * Managed node groups: `system` for what must stay, `general` for people's work, and `gpu`, which only pods that ask for
 * a GPU can use and which begins at its smallest size. The autoscaler owns the number of nodes from then on.
 */
export class NodeGroups extends Construct {
  /** The groups that pods without wishes run on. */
  readonly ready: readonly ITerraformDependable[];
  readonly gpu?: GpuNodes;

  constructor(scope: Construct, id: string, props: NodeGroupsProps) {
    super(scope, id);
    const { account, nodes } = props;
    const role = new Role(this, "role", {
      name: [account.prefix, "nodes"],
      trust: [trustService("ec2.amazonaws.com")],
      managedPolicies: ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"].map((name) =>
        account.managedPolicy(name),
      ),
    });
    const zones = Array.from({ length: nodes.zones }, (_, zone) => zone);
    const group = (name: string, size: NodeGroupSize | GpuGroup) =>
      zones.map((zone) => new NodeGroup(this, `${name}-${zone}`, { ...props, name, zone, size, role }).resource);
    this.ready = [...group("system", nodes.system), ...group("general", nodes.general)];
    if (nodes.gpu.length > 0) {
      for (const each of nodes.gpu) group(each.name, each);
      this.gpu = {
        perNode: Math.max(...nodes.gpu.flatMap((each) => each.instanceTypes.map((type) => instanceType(type).gpus))),
        resource: gpuResource,
        nodeSelector: { [acceleratorLabel]: "nvidia" },
        tolerations: [{ key: gpuResource, operator: "Exists", effect: "NoSchedule" }],
      };
    }
  }
}

interface NodeGroupProps extends NodeGroupsProps {
  readonly name: string;
  /** The zone it is in, by number. */
  readonly zone: number;
  readonly size: NodeGroupSize | GpuGroup;
  readonly role: Role;
}

class NodeGroup extends Construct {
  readonly resource: EksNodeGroup;

  constructor(scope: Construct, id: string, props: NodeGroupProps) {
    super(scope, id);
    const { account, cluster, name, zone, size, role } = props;
    const [type = ""] = size.instanceTypes;
    const subnetIds = props.network.privateSubnetIds.slice(zone, zone + 1);
    const machine = instanceType(type);
    const isGpu = machine.gpus > 0;
    const labels: Record<string, string> = {
      [nodesLabel]: name,
      // Without this one the autoscaler takes a GPU that is not yet announced for a missing one, and adds a second node.
      ...(isGpu ? { [acceleratorLabel]: "nvidia" } : {}),
    };
    const template = new LaunchTemplate(this, "template", {
      namePrefix: `${account.prefix}-${name}-${zone}-`,
      updateDefaultVersion: true,
      // One hop: a pod cannot reach the node's credentials.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: disks(isGpu),
      // The provider's default tags stop at what it makes itself.
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags: { ...account.tags, Name: `${account.prefix}-${name}` },
      })),
    });
    this.resource = new EksNodeGroup(this, "group", {
      clusterName: cluster.name,
      nodeGroupNamePrefix: `${name}-${zone}-`,
      version: cluster.version,
      nodeRoleArn: role.arn,
      subnetIds,
      amiType: amiType(machine.architecture, isGpu),
      capacityType: size.spot ? "SPOT" : "ON_DEMAND",
      instanceTypes: [...size.instanceTypes],
      launchTemplate: { id: template.id, version: `${template.latestVersion}` },
      scalingConfig: { minSize: size.min, maxSize: size.max, desiredSize: size.min },
      updateConfig: { maxUnavailable: 1 },
      nodeRepairConfig: { enabled: true },
      labels,
      taint: isGpu ? [{ key: gpuResource, value: "present", effect: "NO_SCHEDULE" }] : [],
      dependsOn: [...role.ready, ...props.after, ...props.network.egress],
      lifecycle: {
        // Another instance type is another group: the new one is there before the old one is drained.
        createBeforeDestroy: true,
        ignoreChanges: ["scaling_config[0].desired_size"],
      },
    });
    this.announce(labels, machine.gpus);
  }

  /** Tells the autoscaler what a node of an empty group would have: a node group's own tags do not reach its scaling group. */
  private announce(labels: Record<string, string>, gpus: number): void {
    const prefix = "k8s.io/cluster-autoscaler/node-template";
    const tags = {
      ...Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${prefix}/label/${key}`, value])),
      ...(gpus > 0
        ? {
            [`${prefix}/taint/${gpuResource}`]: "present:NoSchedule",
            [`${prefix}/resources/${gpuResource}`]: `${gpus}`,
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

/** Bottlerocket's NVIDIA image brings the driver and the device plugin; Amazon Linux's brings the driver alone. */
function amiType(architecture: "x86_64" | "arm64", gpu: boolean): string {
  if (gpu) return architecture === "arm64" ? "BOTTLEROCKET_ARM_64_NVIDIA" : "BOTTLEROCKET_x86_64_NVIDIA";
  return architecture === "arm64" ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD";
}

/** Encrypted disks, in GiB. Bottlerocket keeps images and pods on its second one, and images with GPU libraries are large. */
function disks(gpu: boolean) {
  const disk = (deviceName: string, volumeSize?: number) => ({
    deviceName,
    ebs: { volumeType: "gp3", encrypted: "true", deleteOnTermination: "true", ...(volumeSize ? { volumeSize } : {}) },
  });
  return gpu ? [disk("/dev/xvda"), disk("/dev/xvdb", 100)] : [disk("/dev/xvda", 50)];
}

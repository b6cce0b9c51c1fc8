import type { AwsNodes, GpuGroup, NodeGroupSize } from "../contracts/aws-nodes";
import type { GpuNodes } from "../contracts/cluster-profile";
import { instanceType } from "../contracts/prices";

/** The label by which pods choose a group of nodes: `system`, `general`, or a GPU group's name. */
export const nodesLabel = "open-mlops/nodes";
/** What the autoscaler knows a GPU node by, and pods that ask for one. */
export const acceleratorLabel = "k8s.amazonaws.com/accelerator";
export const gpuResource = "nvidia.com/gpu";
/** By which NVIDIA's device plugin chooses a node's configuration. Only nodes that need the plugin carry it. */
export const pluginConfigLabel = "nvidia.com/device-plugin.config";

/** The taint of GPU nodes: whoever wants no GPU stays away from them. */
export const gpuTaint = { key: gpuResource, value: "present" } as const;

export function isGpuGroup(group: NodeGroupSize | GpuGroup): group is GpuGroup {
  return "image" in group;
}

/** GPUs that pods can ask for on one node of a group; a shared one counts as often as it is shared. */
export function gpusOnNode(group: GpuGroup): number {
  return Math.max(...group.instanceTypes.map((type) => instanceType(type).gpus)) * group.sharedBy;
}

/** What pods that want a GPU must know; nothing where no group has one. */
export function gpuNodes(groups: AwsNodes["gpu"]): GpuNodes | undefined {
  if (groups.length === 0) return undefined;
  return {
    perNode: Math.max(...groups.map(gpusOnNode)),
    resource: gpuResource,
    nodeSelector: { [acceleratorLabel]: "nvidia" },
    tolerations: [{ key: gpuResource, operator: "Exists", effect: "NoSchedule" }],
  };
}

/** The labels of a group's nodes. */
export function labelsOf(name: string, group: NodeGroupSize | GpuGroup): Record<string, string> {
  if (!isGpuGroup(group)) return { [nodesLabel]: name };
  return {
    [nodesLabel]: name,
    // Without this one the autoscaler takes a GPU that is not yet announced for a missing one, and adds a second node.
    [acceleratorLabel]: "nvidia",
    ...(group.image === "al2023" ? { [pluginConfigLabel]: sharingName(group) } : {}),
  };
}

/** The name of the device plugin's configuration for a group. */
export function sharingName({ sharedBy }: Pick<GpuGroup, "sharedBy">): string {
  return `shared-by-${sharedBy}`;
}

/**
 * Bottlerocket's settings, as TOML, for a GPU that pods share by taking turns; nothing where each has its own.
 *
 * The resource keeps its name, which by Bottlerocket's default it would not, and a pod may ask for several turns: that
 * is what the environment's check counts.
 */
export function bottlerocketSettings({ image, sharedBy }: GpuGroup): string | undefined {
  if (image !== "bottlerocket" || sharedBy === 1) return undefined;
  return [
    "[settings.kubelet-device-plugins.nvidia]",
    'device-sharing-strategy = "time-slicing"',
    "[settings.kubelet-device-plugins.nvidia.time-slicing]",
    `replicas = ${sharedBy}`,
    "rename-by-default = false",
    "fail-requests-greater-than-one = false",
    "",
  ].join("\n");
}

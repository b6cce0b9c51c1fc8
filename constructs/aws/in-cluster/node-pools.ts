import type { AwsNodes, GpuGroup, NodeGroupSize } from "../../contracts/aws-nodes";
import { instanceType } from "../../contracts/prices";
import type { Ec2NodeClass, NodePool } from "../../custom-resources/karpenter";
import { machineImages } from "../../pins";
import { bottlerocketSettings, gpuTaint, isGpuGroup, labelsOf } from "../gpu";
import type { KarpenterSettings } from "../karpenter";
import { nodeDisks } from "../node-disks";

/** A pool and its class for `general` and for each GPU group; classes first, as pools name them. */
export function nodePools(
  nodes: AwsNodes,
  settings: KarpenterSettings,
  clusterName: string,
): (Ec2NodeClass | NodePool)[] {
  const groups = [["general", nodes.general] as const, ...nodes.gpu.map((group) => [group.name, group] as const)];
  return [
    ...groups.map(([name, group]) => nodeClass(name, group, settings, clusterName)),
    ...groups.map(([name, group]) => nodePool(name, group, nodes.zones)),
  ];
}

function nodeClass(
  name: string,
  group: NodeGroupSize | GpuGroup,
  settings: KarpenterSettings,
  clusterName: string,
): Ec2NodeClass {
  const image = isGpuGroup(group) ? group.image : "al2023";
  const userData = isGpuGroup(group) ? bottlerocketSettings(group) : undefined;
  const reservation = isGpuGroup(group) ? group.reservationId : undefined;
  return {
    apiVersion: "karpenter.k8s.aws/v1",
    kind: "EC2NodeClass",
    metadata: { name },
    spec: {
      // One version, not the latest: a node is replaced when we say so, and not on the morning of a release.
      amiSelectorTerms: [{ alias: `${image}@${machineImages[image].version}` }],
      instanceProfile: settings.instanceProfile,
      // By their ids: an existing network's subnets need no tag of ours.
      subnetSelectorTerms: settings.subnetIds.map((id) => ({ id })),
      securityGroupSelectorTerms: [{ id: settings.securityGroupId }],
      ...(reservation ? { capacityReservationSelectorTerms: [{ id: reservation }] } : {}),
      // One hop: a pod cannot reach the node's credentials.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      blockDeviceMappings: nodeDisks(group).map(({ device, sizeGiB }) => ({
        deviceName: device,
        ebs: { volumeType: "gp3", volumeSize: `${sizeGiB}Gi`, encrypted: true, deleteOnTermination: true },
      })),
      ...(userData ? { userData } : {}),
      tags: { ...settings.tags, Name: `${clusterName}-${name}` },
    },
  };
}

function nodePool(name: string, group: NodeGroupSize | GpuGroup, zones: number): NodePool {
  const machines = group.instanceTypes.map(instanceType);
  const most = group.max * zones;
  const limit = (each: readonly number[]) => most * Math.max(...each);
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodePool",
    metadata: { name },
    spec: {
      template: {
        metadata: { labels: labelsOf(name, group) },
        spec: {
          nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name },
          requirements: [
            { key: "node.kubernetes.io/instance-type", operator: "In", values: group.instanceTypes },
            { key: "karpenter.sh/capacity-type", operator: "In", values: [capacityType(group)] },
          ],
          ...(isGpuGroup(group) ? { taints: [{ ...gpuTaint, effect: "NoSchedule" as const }] } : {}),
          // An old node would be emptied by force, whoever is on it. The image is pinned, so age alone mends nothing.
          expireAfter: "Never",
        },
      },
      // Never from under a person: servers, runs and clusters say that they stay, and their node does. What moves, a model or a
      // tool, may be taken to a smaller node or one with room, so that one small model does not keep a large machine for ever.
      disruption: { consolidationPolicy: "WhenEmptyOrUnderutilized", consolidateAfter: "10m" },
      limits: {
        nodes: `${most}`,
        cpu: `${limit(machines.map((machine) => machine.vcpus))}`,
        memory: `${limit(machines.map((machine) => machine.memoryGiB))}Gi`,
      },
    },
  };
}

function capacityType(group: NodeGroupSize | GpuGroup): string {
  if (isGpuGroup(group) && group.reservationId) return "reserved";
  return group.spot ? "spot" : "on-demand";
}

import { LaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import type { Construct } from "constructs";
import type { GpuGroup, NodeGroupSize } from "../contracts/aws-nodes";
import type { Account } from "./account";
import { bottlerocketSettings, isGpuGroup } from "./gpu";
import { nodeDisks } from "./node-disks";

export interface NodeTemplateProps {
  readonly account: Account;
  /** The group's name; tagged on its machines. */
  readonly name: string;
  readonly zone: number;
  readonly group: NodeGroupSize | GpuGroup;
}

/** What every machine of a node group has: credentials that pods cannot reach, encrypted disks, and tags. */
export function nodeTemplate(scope: Construct, id: string, props: NodeTemplateProps): LaunchTemplate {
  const { account, name, zone, group } = props;
  const settings = isGpuGroup(group) ? bottlerocketSettings(group) : undefined;
  const reservation = isGpuGroup(group) ? group.reservationId : undefined;
  return new LaunchTemplate(scope, id, {
    namePrefix: `${account.prefix}-${name}-${zone}-`,
    updateDefaultVersion: true,
    // One hop: a pod cannot reach the node's credentials.
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    blockDeviceMappings: nodeDisks(group).map(({ device, sizeGiB }) => ({
      deviceName: device,
      ebs: { volumeType: "gp3", volumeSize: sizeGiB, encrypted: "true", deleteOnTermination: "true" },
    })),
    // EKS adds what a node needs to join.
    ...(settings ? { userData: Buffer.from(settings).toString("base64") } : {}),
    // Machines of a reservation are on-demand ones; only those of a capacity block are bought in another way.
    ...(reservation
      ? { capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: reservation } } }
      : {}),
    // The provider's default tags stop at what it makes itself.
    tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags: { ...account.tags, Name: `${account.prefix}-${name}` },
    })),
  });
}

import type { GpuGroup, NodeGroupSize } from "../contracts/aws-nodes";
import { isGpuGroup } from "./gpu";

/** One encrypted disk of a node. */
export interface NodeDisk {
  readonly device: string;
  readonly sizeGiB: number;
}

/** Where images, containers and their scratch space are, in GiB: images with GPU libraries are large. */
export function scratchGiB(group: NodeGroupSize | GpuGroup): number {
  return isGpuGroup(group) ? 100 : 50;
}

/** A group's disks. Bottlerocket has its system on a small one, and images and pods on the second. */
export function nodeDisks(group: NodeGroupSize | GpuGroup): readonly NodeDisk[] {
  const scratch = scratchGiB(group);
  return isGpuGroup(group) && group.image === "bottlerocket"
    ? [
        { device: "/dev/xvda", sizeGiB: 4 },
        { device: "/dev/xvdb", sizeGiB: scratch },
      ]
    : [{ device: "/dev/xvda", sizeGiB: scratch }];
}

import { github, type Pin, pin } from "./pin";

/**
 * Images of machines that Karpenter starts, each one version of what AWS publishes: a newer one replaces every node, so
 * it is chosen here. Node groups take the newest that EKS has when they are made or upgraded.
 */
export const machineImages = {
  al2023: pin("v20260724", "MIT-0", github("awslabs/amazon-eks-ami")),
  bottlerocket: pin("v1.54.0", "Apache-2.0 OR MIT", github("bottlerocket-os/bottlerocket")),
} as const satisfies Record<string, Pin>;

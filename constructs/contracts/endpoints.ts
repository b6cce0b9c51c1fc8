import type { AwsEnvironment } from "./environment";

/**
 * The services of AWS that something in a cluster calls, by the name of their endpoint, with who calls them. S3 has an
 * endpoint of another kind, which is free. Not here, because nothing in the cluster calls it: KMS (the services that
 * encrypt call it themselves) and CloudWatch Logs (the control plane's lines come from AWS).
 *
 * Source: https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html, and what this platform installs.
 */
const always = {
  ec2: "addresses of pods, disks",
  "ecr.api": "who may pull images",
  "ecr.dkr": "images; their layers come from S3",
  sts: "people's code that asks who it is",
  eks: "nodes that join, and what scales them",
  "eks-auth": "keys of pods (Pod Identity)",
  autoscaling: "the cluster autoscaler",
  elasticloadbalancing: "load balancers",
  secretsmanager: "the job that makes databases",
};

/** What a cluster without a way out needs an interface endpoint for in each zone of its nodes, and what for. */
export function endpointServices({
  nodes,
  homes,
}: Pick<AwsEnvironment, "nodes" | "homes">): Readonly<Record<string, string>> {
  return {
    ...always,
    ...(homes === "efs" ? { elasticfilesystem: "homes" } : {}),
    ...(nodes.mode === "karpenter" ? { ssm: "Karpenter: images of nodes", sqs: "Karpenter: notices of spot" } : {}),
  };
}

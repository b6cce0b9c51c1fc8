import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import type { Statement } from "./iam";

/** The service account of the cluster autoscaler. */
export const autoscalerAccount = { namespace: "kube-system", serviceAccount: "cluster-autoscaler" } as const;

/**
 * What the cluster autoscaler may do: read what groups and machines there are, and change the number of nodes of this
 * cluster's groups. EKS puts the tag on the scaling group of every managed node group.
 *
 * Source: kubernetes/autoscaler, `cloudprovider/aws/README.md`.
 */
export function autoscalerRights({ account, cluster }: { account: Account; cluster: EksCluster }): Statement[] {
  const { partition, region, id } = account;
  const { clusterName } = cluster;
  return [
    {
      Sid: "ReadGroupsAndTypes",
      Effect: "Allow",
      // None of these can be limited to a resource.
      Action: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeAutoScalingInstances",
        "autoscaling:DescribeLaunchConfigurations",
        "autoscaling:DescribeScalingActivities",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:GetInstanceTypesFromInstanceRequirements",
      ],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "ReadLabelsAndTaints",
      Effect: "Allow",
      Action: ["eks:DescribeNodegroup"],
      Resource: [`arn:${partition}:eks:${region}:${id}:nodegroup/${clusterName}/*/*`],
    },
    {
      Sid: "ResizeOwnGroups",
      Effect: "Allow",
      Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
      Resource: [`arn:${partition}:autoscaling:${region}:${id}:autoScalingGroup:*:autoScalingGroupName/*`],
      Condition: { StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${clusterName}`]: "owned" } },
    },
  ];
}

import type { Account } from "./account";
import type { Statement } from "./iam";

export interface KarpenterRightsProps {
  readonly account: Account;
  readonly clusterName: string;
  readonly nodeRoleArn: string;
  readonly queueArn: string;
  /** Whether some pool is on spot, for which the account needs EC2's own role. */
  readonly spot: boolean;
}

/**
 * What Karpenter may do: start machines that carry this cluster's tags, tag and end those and no others, give them the
 * nodes' role and no other, and read what there is to choose from.
 *
 * It makes no instance profile (ours is made here), so the rights of the official policy to make and change profiles,
 * placement groups and zonal shift are left out.
 *
 * Source: aws/karpenter-provider-aws 1.14, `getting-started-with-karpenter/cloudformation.yaml`.
 */
export function karpenterRights(props: KarpenterRightsProps): Statement[] {
  const { account, clusterName } = props;
  const { partition, region, id } = account;
  const ec2 = (owner: string, ...kinds: string[]) =>
    kinds.map((kind) => `arn:${partition}:ec2:${region}:${owner}:${kind}/*`);
  const machines = ec2(id, "fleet", "instance", "volume", "network-interface", "launch-template");
  const spotRequests = ec2(id, "spot-instances-request");
  const asked = {
    StringEquals: {
      [`aws:RequestTag/kubernetes.io/cluster/${clusterName}`]: "owned",
      "aws:RequestTag/eks:eks-cluster-name": clusterName,
    },
    StringLike: { "aws:RequestTag/karpenter.sh/nodepool": "*" },
  };
  const owned = {
    StringEquals: { [`aws:ResourceTag/kubernetes.io/cluster/${clusterName}`]: "owned" },
    StringLike: { "aws:ResourceTag/karpenter.sh/nodepool": "*" },
  };
  return [
    {
      Sid: "StartFromImagesInSubnets",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: [...ec2("", "image", "snapshot"), ...ec2(id, "security-group", "subnet", "capacity-reservation")],
    },
    {
      Sid: "StartFromOwnTemplates",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: ec2(id, "launch-template"),
      Condition: owned,
    },
    {
      Sid: "StartWhatIsTagged",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
      Resource: [...machines, ...spotRequests],
      Condition: asked,
    },
    {
      Sid: "TagWhatIsStarted",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: [...machines, ...spotRequests],
      Condition: {
        ...asked,
        StringEquals: {
          ...asked.StringEquals,
          "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
        },
      },
    },
    {
      Sid: "NameOwnMachines",
      Effect: "Allow",
      Action: ["ec2:CreateTags"],
      Resource: ec2(id, "instance"),
      Condition: {
        ...owned,
        StringEqualsIfExists: { "aws:RequestTag/eks:eks-cluster-name": clusterName },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"] },
      },
    },
    {
      Sid: "EndOwnMachines",
      Effect: "Allow",
      Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
      Resource: ec2(id, "instance", "launch-template"),
      Condition: owned,
    },
    {
      Sid: "GiveTheNodesRole",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: [props.nodeRoleArn],
      Condition: { StringEquals: { "iam:PassedToService": ["ec2.amazonaws.com"] } },
    },
    {
      Sid: "FindTheCluster",
      Effect: "Allow",
      Action: ["eks:DescribeCluster"],
      Resource: [`arn:${partition}:eks:${region}:${id}:cluster/${clusterName}`],
    },
    {
      Sid: "HearOfInterruptions",
      Effect: "Allow",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      Resource: [props.queueArn],
    },
    {
      Sid: "ReadImageNames",
      Effect: "Allow",
      Action: ["ssm:GetParameter"],
      Resource: [`arn:${partition}:ssm:${region}::parameter/aws/service/*`],
    },
    {
      Sid: "ReadWhatThereIs",
      Effect: "Allow",
      // None of these can be limited to a resource.
      Action: [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
      ],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "ReadPricesAndProfiles",
      Effect: "Allow",
      // Neither can be limited to a resource, and neither belongs to a region.
      Action: ["pricing:GetProducts", "iam:ListInstanceProfiles"],
      Resource: ["*"],
    },
    {
      Sid: "FindProfilesOfEarlierVersions",
      Effect: "Allow",
      // Before a node class goes, Karpenter looks for the profile that its earlier versions made for one. Told "no right"
      // in the place of "not there", it tries again for ever, and destroy waits for it.
      Action: ["iam:GetInstanceProfile"],
      Resource: [`arn:${partition}:iam::${id}:instance-profile/${clusterName}_*`],
    },
    ...(props.spot ? [makeSpotRole(account)] : []),
  ];
}

/** EC2 makes this role of its own at the first spot request in an account, for whoever may let it. */
function makeSpotRole({ partition, id }: Account): Statement {
  const service = "spot.amazonaws.com";
  return {
    Sid: "FirstSpotRequest",
    Effect: "Allow",
    Action: ["iam:CreateServiceLinkedRole"],
    Resource: [`arn:${partition}:iam::${id}:role/aws-service-role/${service}/AWSServiceRoleForEC2Spot`],
    Condition: { StringEquals: { "iam:AWSServiceName": service } },
  };
}

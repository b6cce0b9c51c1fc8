import { CreateAutoScalingGroupCommand } from "@aws-sdk/client-auto-scaling";
import { CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  AllocateAddressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateLaunchTemplateCommand,
  CreateNatGatewayCommand,
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateSnapshotCommand,
  CreateSubnetCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  type ResourceType,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { CreateLoadBalancerCommand, CreateTargetGroupCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateKeyCommand } from "@aws-sdk/client-kms";
import { CreateDBInstanceCommand, CreateDBSnapshotCommand, DeleteDBInstanceCommand } from "@aws-sdk/client-rds";
import {
  CreateBucketCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import type { AwsPlace } from "../../deployment/aws/place";

type Tags = Readonly<Record<string, string>>;
const list = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const spec = (ResourceType: ResourceType, tags: Tags) => [{ ResourceType, Tags: list(tags) }];

/** The tags of who makes what, as each of them sets it; `nobody` makes the same things with tags of others. */
export function tagsOfMakers(environment: string, cluster: string) {
  const owned = { [`kubernetes.io/cluster/${cluster}`]: "owned" };
  const terraform = { Project: "open-mlops-blueprint", Environment: environment, ManagedBy: "terraform" };
  return {
    terraform,
    cloudController: owned,
    balancerController: { "elbv2.k8s.aws/cluster": cluster },
    storageDriver: { "ebs.csi.aws.com/cluster": "true", ...owned, ...terraform },
    networkPlugin: { "cluster.k8s.amazonaws.com/name": cluster, "node.k8s.amazonaws.com/instance_id": "i-1" },
    karpenter: { ...owned, "eks:eks-cluster-name": cluster, "karpenter.sh/nodepool": "general" },
  };
}
export type Makers = ReturnType<typeof tagsOfMakers>;

/** Tags of somebody else, who uses the same words. */
export const makersOfNobody: Makers = {
  ...tagsOfMakers("shop", "shop"),
  terraform: { Project: "shop", Environment: "dev", ManagedBy: "terraform" },
  // On what a cluster uses and did not make.
  cloudController: { "kubernetes.io/cluster/open-mlops-dev": "shared" },
};

/** Makes one of each kind that a destroy can leave behind, as its maker does. */
export async function leaveEverything({ clients, cluster, region }: AwsPlace, makers: Makers): Promise<void> {
  const { ec2, elb } = clients;
  const vpc = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const VpcId = vpc.Vpc?.VpcId;
  const subnet = await ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: "10.0.0.0/24", AvailabilityZone: `${region}a` }),
  );
  const SubnetId = subnet.Subnet?.SubnetId ?? "";

  // Two groups that name each other, and themselves.
  const group = async (name: string, tags: Tags) =>
    (
      await ec2.send(
        new CreateSecurityGroupCommand({
          GroupName: `${cluster}-${name}`,
          Description: name,
          VpcId,
          TagSpecifications: spec("security-group", tags),
        }),
      )
    ).GroupId ?? "";
  const balancer = await group("k8s-elb", makers.cloudController);
  const nodes = await group("nodes", makers.terraform);
  for (const [GroupId, other] of [
    [balancer, nodes],
    [nodes, balancer],
    [nodes, nodes],
  ]) {
    const IpPermissions = [
      { IpProtocol: "tcp", FromPort: 443, ToPort: 443, UserIdGroupPairs: [{ GroupId: other }] },
      { IpProtocol: "tcp", FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: "10.1.0.0/16" }] },
    ].slice(0, other === nodes ? 1 : 2);
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  }

  await elb.send(
    new CreateLoadBalancerCommand({
      Name: `${cluster}-nlb`.slice(0, 32),
      Type: "network",
      Subnets: [SubnetId],
      Tags: list(makers.cloudController),
    }),
  );
  await elb.send(
    new CreateTargetGroupCommand({
      Name: `${cluster}-tg`.slice(0, 32),
      Protocol: "TCP",
      Port: 80,
      VpcId,
      Tags: list(makers.balancerController),
    }),
  );

  const image = { ImageId: "ami-12c6146b", MinCount: 1, MaxCount: 1, SubnetId };
  await ec2.send(
    new RunInstancesCommand({
      ...image,
      InstanceType: "m6i.large",
      TagSpecifications: spec("instance", makers.karpenter),
    }),
  );
  const template = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: `karpenter.k8s.aws/${cluster}`,
      LaunchTemplateData: { ImageId: image.ImageId, InstanceType: "m6i.large" },
      TagSpecifications: spec("launch-template", { "karpenter.k8s.aws/cluster": cluster, ...makers.karpenter }),
    }),
  );
  await clients.autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: `${cluster}-nodes`,
      MinSize: 0,
      MaxSize: 1,
      LaunchTemplate: { LaunchTemplateId: template.LaunchTemplate?.LaunchTemplateId, Version: "$Latest" },
      VPCZoneIdentifier: SubnetId,
      Tags: list(makers.terraform),
    }),
  );

  const address = await ec2.send(
    new AllocateAddressCommand({ Domain: "vpc", TagSpecifications: spec("elastic-ip", makers.terraform) }),
  );
  const { AllocationId } = address;
  await ec2.send(
    new CreateNatGatewayCommand({ SubnetId, AllocationId, TagSpecifications: spec("natgateway", makers.terraform) }),
  );
  await ec2.send(
    new AllocateAddressCommand({ Domain: "vpc", TagSpecifications: spec("elastic-ip", makers.terraform) }),
  );
  await ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId, TagSpecifications: spec("network-interface", makers.networkPlugin) }),
  );

  const disk = { AvailabilityZone: `${region}a`, Size: 10, VolumeType: "gp3" as const };
  const claim = {
    "kubernetes.io/created-for/pvc/name": "claim-ada",
    "kubernetes.io/created-for/pvc/namespace": "jupyterhub",
  };
  const home = await ec2.send(
    new CreateVolumeCommand({ ...disk, TagSpecifications: spec("volume", { ...makers.storageDriver, ...claim }) }),
  );
  await ec2.send(new CreateVolumeCommand({ ...disk, TagSpecifications: spec("volume", makers.karpenter) }));
  await ec2.send(
    new CreateSnapshotCommand({ VolumeId: home.VolumeId, TagSpecifications: spec("snapshot", makers.storageDriver) }),
  );

  await clients.logs.send(new CreateLogGroupCommand({ logGroupName: `/aws/eks/${cluster}/cluster` }));
  await clients.logs.send(new CreateLogGroupCommand({ logGroupName: `/else/${cluster}`, tags: { Project: "shop" } }));
  await clients.ecr.send(new CreateRepositoryCommand({ repositoryName: `${cluster}/quay/jupyterhub` }));

  const database = { DBInstanceIdentifier: cluster, Engine: "postgres", DBInstanceClass: "db.t4g.micro" };
  await clients.rds.send(
    new CreateDBInstanceCommand({
      ...database,
      AllocatedStorage: 20,
      MasterUsername: "postgres",
      MasterUserPassword: "only-in-the-emulator",
      Tags: list(makers.terraform),
    }),
  );
  await clients.rds.send(
    new CreateDBSnapshotCommand({
      DBInstanceIdentifier: cluster,
      DBSnapshotIdentifier: `${cluster}-final`,
      Tags: list(makers.terraform),
    }),
  );
  await clients.rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: cluster, SkipFinalSnapshot: true }));

  const Bucket = `${cluster}-data-123456789012`;
  await clients.s3.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-west-1" } }),
  );
  await clients.s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: list(makers.terraform) } }));
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  for (const Body of ["one", "two"]) await clients.s3.send(new PutObjectCommand({ Bucket, Key: "model", Body }));
  await clients.kms.send(
    new CreateKeyCommand({ Tags: list(makers.terraform).map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value })) }),
  );
}

import { EksAccessEntry } from "@cdktf/provider-aws/lib/eks-access-entry";
import { IamInstanceProfile } from "@cdktf/provider-aws/lib/iam-instance-profile";
import { Construct } from "constructs";
import type { AwsNodes } from "../contracts/aws-nodes";
import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import { Role, trustService } from "./iam";
import { InterruptionQueue } from "./interruption-queue";
import { karpenterRights } from "./karpenter-rights";
import { boundedName } from "./names";
import { nodePolicies } from "./node-policies";
import { PodIdentity } from "./pod-identity";

/** The service account of Karpenter's controller. */
export const karpenterAccount = { namespace: "kube-system", serviceAccount: "karpenter" } as const;

/** What Karpenter must be told to start machines in this cluster. */
export interface KarpenterSettings {
  /** The queue's name. */
  readonly queue: string;
  /** The name of the profile by which its machines get the nodes' role. */
  readonly instanceProfile: string;
  /** The subnets that machines are in, one a zone. */
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Tags of its machines and their disks; the cost of each environment is told apart by them. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface KarpenterProps {
  readonly account: Account;
  readonly cluster: EksCluster;
  readonly nodes: AwsNodes;
  readonly subnetIds: readonly string[];
}

/**
 * What Karpenter needs of AWS: a role for its nodes that may join the cluster, an identity for its controller, and a
 * queue in which it hears of interruptions. The controller itself and its node pools are in the cluster.
 */
export class Karpenter extends Construct {
  readonly settings: KarpenterSettings;

  constructor(scope: Construct, id: string, props: KarpenterProps) {
    super(scope, id);
    const { account, cluster, nodes, subnetIds } = props;
    const nodeRole = new Role(this, "nodes", {
      name: [account.prefix, "karpenter-nodes"],
      trust: [trustService("ec2.amazonaws.com")],
      managedPolicies: nodePolicies.map((name) => account.managedPolicy(name)),
    });
    // Managed groups let their nodes in themselves; machines of Karpenter's need an entry.
    new EksAccessEntry(this, "nodes-entry", {
      clusterName: cluster.name,
      principalArn: nodeRole.arn,
      type: "EC2_LINUX",
      dependsOn: [...nodeRole.ready],
    });
    const instanceProfile = boundedName([account.prefix, "karpenter-nodes"], 64);
    new IamInstanceProfile(this, "profile", { name: instanceProfile, role: nodeRole.name });
    const queue = `${account.prefix}-interruptions`;
    const { arn: queueArn } = new InterruptionQueue(this, "interruptions", { name: queue });
    new PodIdentity(this, "controller", {
      account,
      cluster,
      ...karpenterAccount,
      allow: karpenterRights({
        account,
        clusterName: cluster.clusterName,
        nodeRoleArn: nodeRole.arn,
        queueArn,
        spot: [nodes.general, ...nodes.gpu].some((group) => group.spot),
      }),
    });
    this.settings = {
      queue,
      instanceProfile,
      subnetIds,
      securityGroupId: cluster.securityGroupId,
      tags: account.tags,
    };
  }
}

import { EksPodIdentityAssociation } from "@cdktf/provider-aws/lib/eks-pod-identity-association";
import { Construct } from "constructs";
import type { Account } from "./account";
import type { EksCluster } from "./eks-cluster";
import { Role, type Statement } from "./iam";

export interface PodIdentityProps {
  readonly account: Account;
  readonly cluster: EksCluster;
  readonly namespace: string;
  readonly serviceAccount: string;
  /** All it may do. */
  readonly allow: readonly Statement[];
}

/** One service account's identity: a role that only its pods can take, with the rights it was given and no others. */
export class PodIdentity extends Construct {
  constructor(scope: Construct, id: string, props: PodIdentityProps) {
    super(scope, id);
    const { account, cluster, namespace, serviceAccount } = props;
    const role = new Role(this, "role", {
      name: [account.prefix, namespace, serviceAccount],
      trust: [trustPods(cluster.arn, namespace, serviceAccount)],
      allow: props.allow,
    });
    new EksPodIdentityAssociation(this, "association", {
      clusterName: cluster.name,
      namespace,
      serviceAccount,
      roleArn: role.arn,
      dependsOn: [...role.ready],
    });
  }
}

/**
 * Pods of one service account, in one namespace of one cluster. The association says so too; with the tags of the
 * session in the trust, a wrong association gives nobody else the role.
 */
export function trustPods(clusterArn: string, namespace: string, serviceAccount: string): Statement {
  return {
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: ["sts:AssumeRole", "sts:TagSession"],
    Condition: {
      StringEquals: {
        "aws:RequestTag/eks-cluster-arn": clusterArn,
        "aws:RequestTag/kubernetes-namespace": namespace,
        "aws:RequestTag/kubernetes-service-account": serviceAccount,
      },
    },
  };
}

import { EksAccessEntry } from "@cdktf/provider-aws/lib/eks-access-entry";
import { EksAccessPolicyAssociation } from "@cdktf/provider-aws/lib/eks-access-policy-association";
import { EksCluster as Cluster } from "@cdktf/provider-aws/lib/eks-cluster";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, trustService } from "./iam";
import { LogGroup } from "./log-group";
import type { Network } from "./network";
import { waive } from "./waive";

export interface EksClusterProps {
  readonly account: Account;
  readonly kubernetes: AwsEnvironment["kubernetes"];
  readonly network: Network;
  readonly key: EncryptionKey;
  /** Refuses to be deleted until this is false. */
  readonly protect: boolean;
}

/**
 * The control plane: who may sign in is written here and nowhere else, secrets are encrypted with our key, every log is
 * kept, and the API is reached from inside, or from networks that the environment names.
 */
export class EksCluster extends Construct {
  /** The name as text, for commands and tags. */
  readonly clusterName: string;
  /** The name as a reference: what uses it is made after the cluster. */
  readonly name: string;
  readonly arn: string;
  readonly version: string;
  /** The version as text, for what is looked up by it. */
  readonly kubernetesVersion: string;
  readonly endpoint: string;
  /** PEM, base64 encoded. */
  readonly caCertificate: string;
  /** The group of the control plane's and the nodes' network interfaces. */
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: EksClusterProps) {
    super(scope, id);
    const { account, kubernetes, key } = props;
    this.clusterName = account.prefix;
    this.kubernetesVersion = kubernetes.version;
    const role = new Role(this, "control-plane", {
      name: [account.prefix, "control-plane"],
      trust: [trustService("eks.amazonaws.com")],
      managedPolicies: [account.managedPolicy("AmazonEKSClusterPolicy")],
      allow: [
        {
          Effect: "Allow",
          Action: ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
          Resource: [key.arn],
        },
      ],
    });
    const logs = new LogGroup(this, "logs", { name: `/aws/eks/${this.clusterName}/cluster`, key });
    const isPublic = kubernetes.publicAccess.length > 0;
    const cluster = new Cluster(this, "cluster", {
      name: this.clusterName,
      version: kubernetes.version,
      roleArn: role.arn,
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
      // The add-ons below are ours: the unmanaged ones would be in their way.
      bootstrapSelfManagedAddons: false,
      deletionProtection: props.protect,
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      encryptionConfig: { resources: ["secrets"], provider: { keyArn: key.arn } },
      kubernetesNetworkConfig: { serviceIpv4Cidr: kubernetes.serviceCidr },
      // Extended support costs six times as much; a version at its end is upgraded instead.
      upgradePolicy: { supportType: "STANDARD" },
      vpcConfig: {
        subnetIds: [...props.network.privateSubnetIds],
        endpointPrivateAccess: true,
        endpointPublicAccess: isPublic,
        ...(isPublic ? { publicAccessCidrs: [...kubernetes.publicAccess] } : {}),
      },
      dependsOn: [...role.ready, logs.resource],
      // Both are read when a cluster is made and never again; AWS does not give them back.
      lifecycle: {
        ignoreChanges: [
          "access_config[0].bootstrap_cluster_creator_admin_permissions",
          "bootstrap_self_managed_addons",
        ],
      },
    });
    if (isPublic) waive(cluster, { CKV_AWS_39: "the API is open to the networks that the environment names" });
    this.name = cluster.name;
    this.arn = cluster.arn;
    this.version = cluster.version;
    this.endpoint = cluster.endpoint;
    this.caCertificate = cluster.certificateAuthority.get(0).data;
    this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId;

    for (const principalArn of kubernetes.admins) {
      const person = principalArn.replace(/^arn:[^:]+:iam::/, "").replaceAll(/[^\w]+/g, "-");
      const entry = new EksAccessEntry(this, `admin-${person}`, { clusterName: this.name, principalArn });
      new EksAccessPolicyAssociation(this, `admin-${person}-rights`, {
        clusterName: this.name,
        principalArn: entry.principalArn,
        policyArn: `arn:${account.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
        accessScope: { type: "cluster" },
      });
    }
  }
}

import { EfsBackupPolicy } from "@cdktf/provider-aws/lib/efs-backup-policy";
import { EfsFileSystem } from "@cdktf/provider-aws/lib/efs-file-system";
import { EfsFileSystemPolicy } from "@cdktf/provider-aws/lib/efs-file-system-policy";
import { EfsMountTarget } from "@cdktf/provider-aws/lib/efs-mount-target";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { policy } from "./iam";
import type { Network } from "./network";

export interface FileSystemProps {
  readonly account: Account;
  readonly network: Pick<Network, "vpcId" | "privateSubnetIds">;
  readonly key: EncryptionKey;
  /** Zones that nodes are in: a node mounts it in its own. */
  readonly zones: number;
  /** The only security group that may mount it. */
  readonly clientSecurityGroupId: string;
  /** Backs up each day, and Terraform refuses to destroy it. */
  readonly protect: boolean;
}

/** NFS. */
const port = 2049;

/**
 * People's homes over all zones of the nodes. A home is an access point: what mounts it sees its own folder and writes
 * as one user, and nobody can mount the folder above.
 */
export class FileSystem extends Construct {
  readonly id: string;

  constructor(scope: Construct, id: string, props: FileSystemProps) {
    super(scope, id);
    const { account, network, protect } = props;
    const system = new EfsFileSystem(this, "system", {
      encrypted: true,
      kmsKeyId: props.key.arn,
      // Billed by what is read and written, with no burst that runs out while somebody installs packages.
      throughputMode: "elastic",
      // What nobody opened for a month costs a tenth, and comes back when it is opened.
      lifecyclePolicy: [{ transitionToIa: "AFTER_30_DAYS" }, { transitionToPrimaryStorageClass: "AFTER_1_ACCESS" }],
      tags: { Name: `${account.prefix}-homes` },
      ...(protect ? { lifecycle: { preventDestroy: true } } : {}),
    });
    this.id = system.id;
    new EfsBackupPolicy(this, "backup", {
      fileSystemId: system.id,
      backupPolicy: { status: protect ? "ENABLED" : "DISABLED" },
    });
    new EfsFileSystemPolicy(this, "policy", {
      fileSystemId: system.id,
      policy: policy([
        {
          Sid: "HomesThroughAccessPoints",
          Effect: "Allow",
          Principal: { AWS: "*" },
          Action: ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
          Resource: [system.arn],
          Condition: {
            // From inside the VPC, where the security group decides who comes so far.
            Bool: { "elasticfilesystem:AccessedViaMountTarget": "true" },
            StringLike: {
              "elasticfilesystem:AccessPointArn": `arn:${account.partition}:elasticfilesystem:${account.region}:${account.id}:access-point/*`,
            },
          },
        },
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: { AWS: "*" },
          Action: ["elasticfilesystem:*"],
          Resource: [system.arn],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]),
    });
    const securityGroup = new SecurityGroup(this, "security-group", {
      namePrefix: `${account.prefix}-homes-`,
      description: "Homes, for the cluster",
      vpcId: network.vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupIngressRule(this, "from-cluster", {
      description: "The cluster's nodes",
      securityGroupId: securityGroup.id,
      referencedSecurityGroupId: props.clientSecurityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    });
    network.privateSubnetIds.slice(0, props.zones).forEach((subnetId, zone) => {
      new EfsMountTarget(this, `zone-${zone}`, {
        fileSystemId: system.id,
        subnetId,
        securityGroups: [securityGroup.id],
      });
    });
  }
}

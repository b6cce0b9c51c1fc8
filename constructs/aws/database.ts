import { DbInstance } from "@cdktf/provider-aws/lib/db-instance";
import { DbParameterGroup } from "@cdktf/provider-aws/lib/db-parameter-group";
import { DbSubnetGroup } from "@cdktf/provider-aws/lib/db-subnet-group";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, type Statement, trustService } from "./iam";
import { LogGroup } from "./log-group";
import type { Network } from "./network";
import { waive } from "./waive";

export interface DatabaseServerProps {
  readonly account: Account;
  readonly network: Network;
  readonly key: EncryptionKey;
  readonly settings: AwsEnvironment["database"];
  /** The only security group that may open a connection. */
  readonly clientSecurityGroupId: string;
  /** Refuses to be deleted, and keeps a last snapshot and its backups when it is. */
  readonly protect: boolean;
}

const port = 5432;

/**
 * The Postgres server behind the components' databases. It is reached from the cluster alone and over TLS alone. AWS
 * makes, keeps and rotates its master password; a job in the cluster uses it to make a database and a user for each component.
 */
export class DatabaseServer extends Construct {
  readonly host: string;
  readonly port = port;
  readonly identifier: string;
  /** The secret that holds the master user's name and password. */
  readonly adminSecretArn: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DatabaseServerProps,
  ) {
    super(scope, id);
    const { account, network, key, settings, protect } = props;
    const securityGroup = new SecurityGroup(this, "security-group", {
      namePrefix: `${account.prefix}-database-`,
      description: "Postgres, for the cluster",
      vpcId: network.vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    new VpcSecurityGroupIngressRule(this, "from-cluster", {
      description: "The cluster's nodes and pods",
      securityGroupId: securityGroup.id,
      referencedSecurityGroupId: props.clientSecurityGroupId,
      ipProtocol: "tcp",
      fromPort: port,
      toPort: port,
    });
    const parameters = new DbParameterGroup(this, "parameters", {
      namePrefix: `${account.prefix}-`,
      family: "postgres17",
      parameter: [
        { name: "rds.force_ssl", value: "1" },
        { name: "log_statement", value: "ddl" },
        // Milliseconds: a query that takes longer is worth a line.
        { name: "log_min_duration_statement", value: "1000" },
      ],
      lifecycle: { createBeforeDestroy: true },
    });
    const subnets = new DbSubnetGroup(this, "subnets", {
      namePrefix: `${account.prefix}-`,
      subnetIds: [...network.databaseSubnetIds],
    });
    const monitoring = new Role(this, "monitoring", {
      name: [account.prefix, "database-monitoring"],
      trust: [trustService("monitoring.rds.amazonaws.com", { StringEquals: { "aws:SourceAccount": account.id } })],
      managedPolicies: [account.managedPolicy("service-role/AmazonRDSEnhancedMonitoringRole")],
    });
    const exports = ["postgresql", "upgrade"];
    const logs = exports.map(
      (log) => new LogGroup(this, `logs-${log}`, { name: `/aws/rds/instance/${account.prefix}/${log}`, key }).resource,
    );
    const instance = new DbInstance(this, "instance", {
      identifier: account.prefix,
      engine: "postgres",
      engineVersion: "17",
      autoMinorVersionUpgrade: true,
      instanceClass: settings.instanceClass,
      multiAz: settings.multiZone,
      storageType: "gp3",
      allocatedStorage: settings.storageGiB,
      // It grows by itself, up to twice its size: a full disk stops every tool at once.
      maxAllocatedStorage: settings.storageGiB * 2,
      storageEncrypted: true,
      kmsKeyId: key.arn,
      username: "postgres",
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: key.arn,
      // The authority that signs the server's certificate: the one that is valid until 2061.
      caCertIdentifier: "rds-ca-rsa2048-g1",
      iamDatabaseAuthenticationEnabled: true,
      port,
      publiclyAccessible: false,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [securityGroup.id],
      parameterGroupName: parameters.name,
      backupRetentionPeriod: settings.backupDays,
      copyTagsToSnapshot: true,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: key.arn,
      // Days; what is included in the price.
      performanceInsightsRetentionPeriod: 7,
      // Seconds.
      monitoringInterval: 60,
      monitoringRoleArn: monitoring.arn,
      enabledCloudwatchLogsExports: exports,
      deletionProtection: protect,
      deleteAutomatedBackups: !protect,
      skipFinalSnapshot: !protect,
      ...(protect ? { finalSnapshotIdentifier: `${account.prefix}-final` } : {}),
      // A change of size waits for nobody's night in an environment that people only try things in.
      applyImmediately: !protect,
      dependsOn: [...monitoring.ready, ...logs],
    });
    waive(instance, {
      ...(protect ? {} : { CKV_AWS_293: "the environment says that nothing in it is protected" }),
      ...(settings.multiZone ? {} : { CKV_AWS_157: "the environment asks for one server, at half the price" }),
    });
    this.identifier = instance.identifier;
    this.host = instance.address;
    this.adminSecretArn = instance.masterUserSecret.get(0).secretArn;
  }

  /** What the job that makes databases and users must be allowed: to read the one secret. */
  readAdminSecret(): Statement[] {
    const { account, key } = this.props;
    return [
      { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [this.adminSecretArn] },
      {
        Effect: "Allow",
        Action: ["kms:Decrypt"],
        Resource: [key.arn],
        // The key is shared; its use is bound to this secret.
        Condition: {
          StringEquals: {
            "kms:ViaService": `secretsmanager.${account.region}.amazonaws.com`,
            "kms:EncryptionContext:SecretARN": this.adminSecretArn,
          },
        },
      },
    ];
  }
}

import { readFileSync } from "node:fs";
import * as path from "node:path";
import { AutoscalingGroup } from "@cdktf/provider-aws/lib/autoscaling-group";
import { Eip } from "@cdktf/provider-aws/lib/eip";
import { LaunchTemplate } from "@cdktf/provider-aws/lib/launch-template";
import { NetworkInterface } from "@cdktf/provider-aws/lib/network-interface";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { natInstanceType } from "../contracts/prices";
import type { Account } from "./account";
import { waive } from "./waive";

export interface NatInstanceProps {
  readonly account: Account;
  readonly vpcId: string;
  /** The public subnet that it stands in. */
  readonly home: Subnet;
  /** The private subnets' blocks, whose packets it takes. */
  readonly from: readonly string[];
  /** The public subnet's own way out. */
  readonly internet: ITerraformDependable;
}

/** The newest Amazon Linux 2023 for Arm, looked up at each launch. */
const image = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64";
/** The least that the image takes. */
const diskGiB = 8;
/** Seconds. A machine that is replaced each month is patched each month, for two minutes without a way out. */
const lifetime = 30 * 24 * 60 * 60;

/**
 * A small machine that is the way out of the private subnets, in a scaling group of one that replaces it when it fails.
 * Routes and the public address belong to a network interface that outlives the machine: every machine starts with it
 * as its only one, so nothing is attached or moved at boot, and the machine needs no rights in AWS and has none. Nobody
 * signs in to it, and nothing outside the private subnets reaches it.
 *
 * While a machine is replaced, two to four minutes, the private subnets reach AWS by endpoints alone.
 */
export class NatInstance extends Construct {
  readonly networkInterfaceId: string;
  /** Its address on the internet, which stays when the machine is replaced. */
  readonly address: string;
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: NatInstanceProps) {
    super(scope, id);
    const { account, home } = props;
    const name = `${account.prefix}-nat`;
    const face = new NetworkInterface(this, "interface", {
      description: "The way out of the private subnets",
      subnetId: home.id,
      securityGroups: [this.securityGroup(name, props).id],
      // It sends and takes what belongs to others.
      sourceDestCheck: false,
      tags: { Name: name },
    });
    const address = new Eip(this, "address", {
      domain: "vpc",
      networkInterface: face.id,
      tags: { Name: name },
      dependsOn: [props.internet],
    });
    waive(address, { CKV2_AWS_19: "it is attached: to the interface that each machine starts with" });
    const template = new LaunchTemplate(this, "template", {
      namePrefix: `${name}-`,
      updateDefaultVersion: true,
      imageId: image,
      instanceType: natInstanceType,
      // Without credits in advance the first boot would take many minutes; forwarding alone does not use them up.
      creditSpecification: { cpuCredits: "unlimited" },
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      networkInterfaces: [{ deviceIndex: 0, networkInterfaceId: face.id, deleteOnTermination: "false" }],
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeType: "gp3", volumeSize: diskGiB, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      userData: readFileSync(path.join(__dirname, "nat-instance.sh")).toString("base64"),
      // The provider's default tags stop at what it makes itself.
      tagSpecifications: ["instance", "volume"].map((resourceType) => ({
        resourceType,
        tags: { ...account.tags, Name: name },
      })),
    });
    const group = new AutoscalingGroup(this, "group", {
      name,
      minSize: 1,
      maxSize: 1,
      // By its zone, as AWS asks where the template names the interface: the interface knows its subnet.
      availabilityZones: [home.availabilityZone],
      launchTemplate: { id: template.id, version: `${template.latestVersion}` },
      healthCheckType: "EC2",
      maxInstanceLifetime: lifetime,
      // One interface: the old machine has to leave it before a new one can have it.
      instanceMaintenancePolicy: { minHealthyPercentage: 0, maxHealthyPercentage: 100 },
      instanceRefresh: { strategy: "Rolling", preferences: { minHealthyPercentage: 0, maxHealthyPercentage: 100 } },
      tag: Object.entries({ ...account.tags, Name: name }).map(([key, value]) => ({
        key,
        value,
        propagateAtLaunch: false,
      })),
      // What a machine needs from its first minute on, to install what it lacks.
      dependsOn: [address],
    });
    this.networkInterfaceId = face.id;
    this.address = address.publicIp;
    this.ready = [group];
  }

  private securityGroup(name: string, { vpcId, from }: NatInstanceProps): SecurityGroup {
    const securityGroup = new SecurityGroup(this, "security-group", {
      namePrefix: `${name}-`,
      description: "From the private subnets to the internet",
      vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    from.forEach((cidrIpv4, zone) => {
      new VpcSecurityGroupIngressRule(this, `from-private-${zone}`, {
        description: "Nodes and pods of one zone, to anywhere",
        securityGroupId: securityGroup.id,
        cidrIpv4,
        ipProtocol: "-1",
      });
    });
    new VpcSecurityGroupEgressRule(this, "to-internet", {
      description: "Wherever nodes and pods want to go",
      securityGroupId: securityGroup.id,
      cidrIpv4: "0.0.0.0/0",
      ipProtocol: "-1",
    });
    return securityGroup;
  }
}

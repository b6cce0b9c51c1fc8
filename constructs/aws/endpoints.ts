import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";

/**
 * The services of AWS that something in the cluster calls, by the name of their endpoint, with who calls them. S3 has an
 * endpoint of its own kind, and is in no list of what costs. Not here, because nothing in the cluster calls it: KMS (the
 * services that encrypt call it themselves), CloudWatch Logs (the control plane's come from AWS), SSM.
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
} as const;

/** What a service's endpoint is for, by its name, in a cluster without a way out. */
export function endpointServices({ nodes, homes }: Pick<AwsEnvironment, "nodes" | "homes">): Record<string, string> {
  return {
    ...always,
    ...(homes === "efs" ? { elasticfilesystem: "homes" } : {}),
    ...(nodes.mode === "karpenter" ? { ssm: "Karpenter: images of nodes", sqs: "Karpenter: notices of spot" } : {}),
  };
}

export interface EndpointsProps {
  readonly account: Account;
  readonly vpcId: string;
  /** The VPC's block: who may use them. */
  readonly cidr: string;
  /** The subnets of nodes. An endpoint costs by the zone, and one zone's serves the whole VPC. */
  readonly subnetIds: readonly string[];
  readonly services: readonly string[];
}

/**
 * Interface endpoints: AWS's own services at private addresses under their usual names, for nodes without a way out.
 * Each costs about 7.30 dollars a month in each zone (0.01 an hour in us-east-1), and 0.01 a GB.
 */
export class Endpoints extends Construct {
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: EndpointsProps) {
    super(scope, id);
    const { account, vpcId } = props;
    const securityGroup = new SecurityGroup(this, "security-group", {
      namePrefix: `${account.prefix}-endpoints-`,
      description: "AWS's services, for the VPC",
      vpcId,
      lifecycle: { createBeforeDestroy: true },
    });
    const fromVpc = new VpcSecurityGroupIngressRule(this, "from-vpc", {
      description: "HTTPS, for whoever is in the VPC",
      securityGroupId: securityGroup.id,
      cidrIpv4: props.cidr,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
    });
    const endpoints = props.services.map(
      (service) =>
        new VpcEndpoint(this, service.replaceAll(".", "-"), {
          vpcId,
          serviceName: `com.amazonaws.${account.region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: [...props.subnetIds],
          securityGroupIds: [securityGroup.id],
          tags: { Name: `${account.prefix}-${service}` },
        }),
    );
    this.ready = [fromVpc, ...endpoints];
  }
}

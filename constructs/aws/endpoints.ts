import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Account } from "./account";

export interface EndpointsProps {
  readonly account: Account;
  readonly vpcId: string;
  /** The VPC's block: who may use them. */
  readonly cidr: string;
  /** The subnets of nodes. An endpoint costs by the zone, and one zone's serves the whole VPC. */
  readonly subnetIds: readonly string[];
  /** The services' names, as `ecr.api`. */
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

import { DataAwsSubnet } from "@cdktf/provider-aws/lib/data-aws-subnet";
import { DataAwsVpc } from "@cdktf/provider-aws/lib/data-aws-vpc";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { ExistingNetwork } from "../contracts/aws-network";
import type { Network } from "./network";

export interface ExistingVpcProps {
  readonly network: ExistingNetwork;
}

/**
 * A VPC that is there, with its subnets. It is looked at, so that a wrong id fails the plan and not a half-made cluster,
 * and nothing in it is changed: routes, endpoints and flow logs are its owner's. So are the subnets' tags, by which
 * load balancers find them elsewhere: a tag set here would go when this cluster goes, and with it the load balancers of
 * whoever else relied on it. A load balancer of this cluster is told its subnets by id.
 */
export class ExistingVpc extends Construct implements Network {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
  readonly publicSubnetIds: readonly string[];
  readonly databaseSubnetIds: readonly string[];
  /** It was there before. */
  readonly egress: readonly ITerraformDependable[] = [];
  readonly egressAddresses: readonly string[] = [];

  constructor(scope: Construct, id: string, { network }: ExistingVpcProps) {
    super(scope, id);
    const { vpcId, cidr, privateSubnetIds, publicSubnetIds } = network;
    this.vpcId = vpcId;
    this.privateSubnetIds = privateSubnetIds;
    this.publicSubnetIds = publicSubnetIds;
    this.databaseSubnetIds = network.databaseSubnetIds ?? privateSubnetIds;
    new DataAwsVpc(this, "vpc", {
      id: vpcId,
      lifecycle: {
        postcondition: [
          {
            condition: `\${self.cidr_block == "${cidr}" || contains(self.cidr_block_associations[*].cidr_block, "${cidr}")}`,
            errorMessage: `network.cidr is "${cidr}", which is no block of ${vpcId}; use the block that its subnets are in`,
          },
          {
            // Nodes find the private endpoint of the API by a name that only such a VPC answers.
            condition: `\${self.enable_dns_support && self.enable_dns_hostnames}`,
            errorMessage: `${vpcId} has no DNS host names; turn on DNS resolution and DNS host names, as EKS asks`,
          },
        ],
      },
    });
    for (const subnetId of new Set([...privateSubnetIds, ...publicSubnetIds, ...this.databaseSubnetIds])) {
      new DataAwsSubnet(this, subnetId, {
        id: subnetId,
        lifecycle: {
          postcondition: [
            {
              condition: `\${self.vpc_id == "${vpcId}"}`,
              errorMessage: `${subnetId} is not in ${vpcId}; use subnets of the one VPC`,
            },
          ],
        },
      });
    }
  }
}

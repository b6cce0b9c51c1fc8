import { Eip } from "@cdktf/provider-aws/lib/eip";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import type { Subnet } from "@cdktf/provider-aws/lib/subnet";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import type { Account } from "./account";

export interface NatGatewaysProps {
  readonly account: Account;
  /** The public subnets to put one in each. */
  readonly homes: readonly Subnet[];
  /** The public subnets' own way out. */
  readonly internet: ITerraformDependable;
}

/** NAT gateways, each with an address of its own. */
export function natGateways(scope: Construct, { account, homes, internet }: NatGatewaysProps): NatGateway[] {
  return homes.map((home, zone) => {
    const tags = { Name: `${account.prefix}-nat-${zone}` };
    const address = new Eip(scope, `nat-${zone}-address`, { domain: "vpc", tags });
    return new NatGateway(scope, `nat-${zone}`, {
      allocationId: address.allocationId,
      subnetId: home.id,
      tags,
      // A gateway has no way out before the route has, and on destroy the route must go last.
      dependsOn: [internet],
    });
  });
}

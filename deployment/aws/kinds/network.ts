import {
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DescribeAddressesCommand,
  paginateDescribeNatGateways,
  paginateDescribeNetworkInterfaces,
  paginateDescribeVpcs,
  ReleaseAddressCommand,
} from "@aws-sdk/client-ec2";
import { type AwsLeftover, type LeftoverKind, monthlyPrice } from "../leftover";
import { tagsOf, whyOurs } from "../ownership";
import type { AwsPlace } from "../place";

/** The dearest thing that a lost state leaves behind. */
export const natGateways: LeftoverKind = {
  kind: "NAT gateway",
  arns: /:natgateway\//,
  async find(place) {
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeNatGateways({ client: place.clients.ec2 }, {})) {
      for (const { NatGatewayId: id = "", State, Tags } of page.NatGateways ?? []) {
        const because = whyOurs(tagsOf(Tags), place);
        // AWS lists one for an hour after it is gone.
        if (!because || State === "deleted") continue;
        const remedy = `aws ec2 delete-nat-gateway --region ${place.region} --nat-gateway-id ${id}`;
        found.push({ kind: this.kind, id, name: id, because, monthly: monthlyPrice("nat-gateway", place), remedy });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }));
  },
};

/** What the network plugin made for nodes that are gone, and whatever else keeps our VPC from going. */
export const networkInterfaces: LeftoverKind = {
  kind: "network interface",
  arns: /:network-interface\//,
  async find(place) {
    const vpcs = await ourVpcs(place);
    const found: AwsLeftover[] = [];
    for await (const page of paginateDescribeNetworkInterfaces({ client: place.clients.ec2 }, {})) {
      for (const each of page.NetworkInterfaces ?? []) {
        const { NetworkInterfaceId: id = "", TagSet, VpcId = "", Status, Description } = each;
        const because = whyOurs(tagsOf(TagSet), place) ?? (vpcs.has(VpcId) ? `it is in our VPC ${VpcId}` : undefined);
        if (!because) continue;
        const free = Status === "available" && !each.RequesterManaged;
        found.push({
          kind: this.kind,
          id,
          name: Description ? `${id} (${Description})` : id,
          because,
          monthly: 0,
          ...(free
            ? { remedy: `aws ec2 delete-network-interface --region ${place.region} --network-interface-id ${id}` }
            : { goesWith: "its holder", remedy: "remove what it is attached to; it goes with that" }),
        });
      }
    }
    return found;
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id }));
  },
};

export const addresses: LeftoverKind = {
  kind: "address",
  arns: /:elastic-ip\//,
  async find(place) {
    const { Addresses = [] } = await place.clients.ec2.send(new DescribeAddressesCommand({}));
    return Addresses.flatMap(({ AllocationId: id = "", PublicIp = "", Tags }) => {
      const because = whyOurs(tagsOf(Tags), place);
      if (!because) return [];
      const monthly = monthlyPrice("public-ipv4", place);
      const remedy = `aws ec2 release-address --region ${place.region} --allocation-id ${id}`;
      return [{ kind: this.kind, id, name: `${id} (${PublicIp})`, because, monthly, remedy }];
    });
  },
  async remove({ clients }, { id }) {
    await clients.ec2.send(new ReleaseAddressCommand({ AllocationId: id }));
  },
};

async function ourVpcs(place: AwsPlace): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const page of paginateDescribeVpcs({ client: place.clients.ec2 }, {})) {
    for (const { VpcId = "", Tags } of page.Vpcs ?? []) if (whyOurs(tagsOf(Tags), place)) ids.add(VpcId);
  }
  return ids;
}

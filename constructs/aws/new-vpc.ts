import { DataAwsAvailabilityZones } from "@cdktf/provider-aws/lib/data-aws-availability-zones";
import { DefaultRouteTable } from "@cdktf/provider-aws/lib/default-route-table";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { Route, type RouteConfig } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { NewNetwork } from "../contracts/aws-network";
import { type Cidr, parseCidr, subnet } from "../contracts/cidr";
import { endpointServices } from "../contracts/endpoints";
import type { AwsEnvironment } from "../contracts/environment";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Endpoints } from "./endpoints";
import { flowLogs } from "./flow-logs";
import { natGateways } from "./nat-gateways";
import { NatInstance } from "./nat-instance";
import type { Network } from "./network";

export interface NewVpcProps extends Pick<AwsEnvironment, "nodes" | "homes"> {
  readonly network: NewNetwork;
  readonly account: Account;
  readonly key: EncryptionKey;
}

/** Zones that EKS does not place control planes in, by their ids. */
export const zonesWithoutEks = ["use1-az3", "usw1-az2", "cac1-az3"];
const everywhere = "0.0.0.0/0";

/** Where a private subnet's packets for the internet go, and what must be there before they do. */
interface WayOut {
  readonly target: Pick<RouteConfig, "natGatewayId" | "networkInterfaceId">;
  readonly ready: readonly ITerraformDependable[];
  /** The one that packets come from on the internet. */
  readonly address: string;
}

/**
 * A VPC over two or three zones. Each zone has a private subnet (nodes and pods: a quarter of the block), a public one
 * (load balancers and NAT: a 64th) and one without any way out (the database: a 64th); the rest of the block is free.
 * Every private subnet has a table of its own, so that another kind of egress only changes routes.
 */
export class NewVpc extends Construct implements Network {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
  readonly publicSubnetIds: readonly string[];
  readonly databaseSubnetIds: readonly string[];
  readonly egress: readonly ITerraformDependable[];
  readonly egressAddresses: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: NewVpcProps,
  ) {
    super(scope, id);
    const { account, network } = props;
    const block = parseCidr(network.cidr);
    if (!block) throw new Error(`"${network.cidr}" is not a block of addresses; use one like 10.0.0.0/16`);
    const vpc = new Vpc(this, "vpc", {
      cidrBlock: network.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: account.prefix },
    });
    this.vpcId = vpc.id;
    // What everything without its own would get: adopted, and left without a single rule or route. The database's
    // subnets use the table. The third of the kind, the network ACL, stays as AWS makes it: security groups decide.
    new DefaultSecurityGroup(this, "default-security-group", { vpcId: vpc.id });
    new DefaultRouteTable(this, "default-routes", { defaultRouteTableId: vpc.defaultRouteTableId, route: [] });

    const layout = subnets(block);
    const names = this.zoneNames();
    const make = (kind: keyof typeof layout, tags: Record<string, string>) =>
      Array.from(
        { length: network.zones },
        (_, zone) =>
          new Subnet(this, `${kind}-${zone}`, {
            vpcId: vpc.id,
            cidrBlock: layout[kind](zone),
            availabilityZone: Fn.element(names, zone),
            mapPublicIpOnLaunch: false,
            tags: { Name: `${account.prefix}-${kind}-${zone}`, ...tags },
            // AWS may name a new zone before this one; a subnet stays where it was made.
            lifecycle: { ignoreChanges: ["availability_zone"] },
          }),
      );
    // The tags by which load balancers find their subnets.
    const publicSubnets = make("public", { "kubernetes.io/role/elb": "1" });
    const privateSubnets = make("private", { "kubernetes.io/role/internal-elb": "1" });
    this.publicSubnetIds = publicSubnets.map((each) => each.id);
    this.privateSubnetIds = privateSubnets.map((each) => each.id);
    this.databaseSubnetIds = make("database", {}).map((each) => each.id);

    const internet = this.publicRoutes(publicSubnets);
    const blocks = privateSubnets.map((_, zone) => layout.private(zone));
    const waysOut = this.waysOut(publicSubnets, blocks, internet);
    this.egressAddresses = waysOut.map(({ address }) => address);
    this.egress = this.privateRoutes(privateSubnets, waysOut);
    flowLogs(this, { account, key: props.key, vpcId: vpc.id });
  }

  private zoneNames(): string[] {
    return new DataAwsAvailabilityZones(this, "zones", {
      state: "available",
      // A closed set, by name: no local zone, and none that is added to the end of the alphabet.
      filter: [{ name: "zone-name", values: [..."abcdef"].map((letter) => `${this.props.account.region}${letter}`) }],
      excludeZoneIds: zonesWithoutEks,
    }).names;
  }

  /** @returns the public subnets' way out */
  private publicRoutes(members: readonly Subnet[]): Route {
    const { vpcId } = this;
    const { prefix } = this.props.account;
    const internet = new InternetGateway(this, "internet", { vpcId, tags: { Name: prefix } });
    const table = new RouteTable(this, "public", { vpcId, tags: { Name: `${prefix}-public` } });
    associate(this, "public", members, () => table);
    return new Route(this, "public-internet", {
      routeTableId: table.id,
      destinationCidrBlock: everywhere,
      gatewayId: internet.id,
    });
  }

  /** One for all, or one a zone; none where there is no egress. Only zones with nodes need one of their own. */
  private waysOut(homes: readonly Subnet[], from: readonly string[], internet: Route): WayOut[] {
    const { account, network, nodes } = this.props;
    const { egress } = network;
    if (egress.mode === "none") return [];
    if (egress.mode === "nat-gateway") {
      const used = homes.slice(0, egress.perZone ? nodes.zones : 1);
      return natGateways(this, { account, homes: used, internet }).map(({ id, publicIp }) => ({
        target: { natGatewayId: id },
        ready: [],
        address: publicIp,
      }));
    }
    const [home] = homes;
    if (!home) throw new Error("a VPC has at least two zones");
    const nat = new NatInstance(this, "nat", { account, vpcId: this.vpcId, home, from, internet });
    return [{ target: { networkInterfaceId: nat.networkInterfaceId }, ready: nat.ready, address: nat.address }];
  }

  /** @returns what makes the private subnets useful to nodes */
  private privateRoutes(members: readonly Subnet[], waysOut: readonly WayOut[]): ITerraformDependable[] {
    const { vpcId } = this;
    const { account, network, nodes, homes } = this.props;
    const tables = members.map(
      (_, zone) =>
        new RouteTable(this, `private-${zone}-table`, { vpcId, tags: { Name: `${account.prefix}-private-${zone}` } }),
    );
    const routes = tables.flatMap((table, zone) => {
      const out = waysOut[zone] ?? waysOut[0];
      if (!out) return [];
      return new Route(this, `private-${zone}-nat`, {
        routeTableId: table.id,
        destinationCidrBlock: everywhere,
        ...out.target,
        dependsOn: [...out.ready],
      });
    });
    // Free, and what is in buckets, layers of images among it, does not pass a NAT. The database has no use for it.
    const s3 = new VpcEndpoint(this, "s3", {
      vpcId,
      serviceName: `com.amazonaws.${account.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: tables.map((table) => table.id),
      tags: { Name: `${account.prefix}-s3` },
    });
    const ready = [...routes, ...associate(this, "private", members, (zone) => tables[zone]), s3];
    if (network.egress.mode !== "none") return ready;
    const endpoints = new Endpoints(this, "endpoints", {
      account,
      vpcId,
      cidr: network.cidr,
      subnetIds: this.privateSubnetIds.slice(0, nodes.zones),
      services: Object.keys(endpointServices({ nodes, homes })),
    });
    return [...ready, ...endpoints.ready];
  }
}

/** The block of each zone's subnets: three quarters for the zones' pods, and 64ths of the last quarter for the rest. */
function subnets(block: Cidr) {
  const slice = block.prefix + 6;
  return {
    private: (zone: number) => subnet(block, block.prefix + 2, zone),
    public: (zone: number) => subnet(block, slice, 48 + zone),
    database: (zone: number) => subnet(block, slice, 52 + zone),
  };
}

function associate(
  scope: Construct,
  kind: string,
  members: readonly Subnet[],
  table: (zone: number) => RouteTable | undefined,
): RouteTableAssociation[] {
  return members.flatMap((member, zone) => {
    const routeTableId = table(zone)?.id;
    if (!routeTableId) return [];
    return new RouteTableAssociation(scope, `${kind}-${zone}-routes`, { subnetId: member.id, routeTableId });
  });
}

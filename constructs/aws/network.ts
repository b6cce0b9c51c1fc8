import { DataAwsAvailabilityZones } from "@cdktf/provider-aws/lib/data-aws-availability-zones";
import { DefaultSecurityGroup } from "@cdktf/provider-aws/lib/default-security-group";
import { Eip } from "@cdktf/provider-aws/lib/eip";
import { FlowLog } from "@cdktf/provider-aws/lib/flow-log";
import { InternetGateway } from "@cdktf/provider-aws/lib/internet-gateway";
import { NatGateway } from "@cdktf/provider-aws/lib/nat-gateway";
import { Route } from "@cdktf/provider-aws/lib/route";
import { RouteTable } from "@cdktf/provider-aws/lib/route-table";
import { RouteTableAssociation } from "@cdktf/provider-aws/lib/route-table-association";
import { Subnet } from "@cdktf/provider-aws/lib/subnet";
import { Vpc } from "@cdktf/provider-aws/lib/vpc";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { NewNetwork } from "../contracts/aws-network";
import { type Cidr, parseCidr, subnet } from "../contracts/cidr";
import type { Account } from "./account";
import type { EncryptionKey } from "./encryption-key";
import { Role, trustService } from "./iam";
import { LogGroup } from "./log-group";

export interface NetworkProps extends Pick<NewNetwork, "cidr" | "zones" | "egress"> {
  readonly account: Account;
  readonly key: EncryptionKey;
}

/** Zones that EKS does not place control planes in, by their ids. */
const zonesWithoutEks = ["use1-az3", "usw1-az2", "cac1-az3"];

/**
 * A VPC over two or three zones. Each zone has a private subnet (nodes and pods: a quarter of the block), a public one
 * (load balancers and NAT: a 64th) and one without any way out (the database: a 64th); the rest of the block is free.
 */
export class Network extends Construct {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
  readonly databaseSubnetIds: readonly string[];
  /** The way out of the private subnets: what starts a node must wait for it. */
  readonly egress: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { account } = props;
    const block = parseCidr(props.cidr);
    if (!block) throw new Error(`"${props.cidr}" is not a block of addresses; use one like 10.0.0.0/16`);
    const vpc = new Vpc(this, "vpc", {
      cidrBlock: props.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: account.prefix },
    });
    this.vpcId = vpc.id;
    // The group that everything without one of its own would get: adopted, and left without a single rule.
    new DefaultSecurityGroup(this, "default-security-group", { vpcId: vpc.id });
    const names = new DataAwsAvailabilityZones(this, "zones", {
      state: "available",
      // A closed set, by name: no local zone, and none that is added to the end of the alphabet.
      filter: [{ name: "zone-name", values: [..."abcdef"].map((letter) => `${account.region}${letter}`) }],
      excludeZoneIds: zonesWithoutEks,
    }).names;

    const zones = Array.from({ length: props.zones }, (_, index) => index);
    const layout = subnets(block);
    const make = (kind: keyof typeof layout, tags: Record<string, string>) =>
      zones.map(
        (zone) =>
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
    this.privateSubnetIds = privateSubnets.map((each) => each.id);
    this.databaseSubnetIds = make("database", {}).map((each) => each.id);

    const internet = new InternetGateway(this, "internet", { vpcId: vpc.id, tags: { Name: account.prefix } });
    const publicTable = new RouteTable(this, "public", { vpcId: vpc.id, tags: { Name: `${account.prefix}-public` } });
    const toInternet = new Route(this, "public-internet", {
      routeTableId: publicTable.id,
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: internet.id,
    });
    associate(this, "public", publicSubnets, () => publicTable);

    const gateway = (zone: number, home: Subnet) => {
      const tags = { Name: `${account.prefix}-nat-${zone}` };
      const address = new Eip(this, `nat-${zone}-address`, { domain: "vpc", tags });
      return new NatGateway(this, `nat-${zone}`, {
        allocationId: address.allocationId,
        subnetId: home.id,
        tags,
        // A gateway has no way out before the route has, and on destroy the route must go last.
        dependsOn: [toInternet],
      }).id;
    };
    const perZone = props.egress.mode === "nat-gateway" && props.egress.perZone;
    const used = perZone ? publicSubnets : publicSubnets.slice(0, 1);
    const gateways = used.map((home, zone) => gateway(zone, home));
    // A table a zone even behind one gateway: going from single to per-zone then only changes routes.
    const privateTables = zones.map(
      (zone) =>
        new RouteTable(this, `private-${zone}-table`, {
          vpcId: vpc.id,
          tags: { Name: `${account.prefix}-private-${zone}` },
        }),
    );
    const routes = privateTables.map(
      (table, zone) =>
        new Route(this, `private-${zone}-nat`, {
          routeTableId: table.id,
          destinationCidrBlock: "0.0.0.0/0",
          natGatewayId: gateways[zone] ?? gateways[0],
        }),
    );
    const associations = associate(this, "private", privateSubnets, (zone) => privateTables[zone] ?? publicTable);
    // Free, and images of our registry and artifacts in buckets do not pass the NAT gateway's meter.
    const s3 = new VpcEndpoint(this, "s3", {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${account.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: privateTables.map((table) => table.id),
      tags: { Name: `${account.prefix}-s3` },
    });
    this.egress = [...routes, ...associations, s3];
    flowLogs(this, vpc, props);
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
  table: (zone: number) => RouteTable,
): RouteTableAssociation[] {
  return members.map(
    (member, zone) =>
      new RouteTableAssociation(scope, `${kind}-${zone}-routes`, {
        subnetId: member.id,
        routeTableId: table(zone).id,
      }),
  );
}

/** Who talked to whom, in ten-minute sums: the cheapest form that still answers the question. */
function flowLogs(scope: Construct, vpc: Vpc, props: NetworkProps): void {
  const { account } = props;
  const logs = new LogGroup(scope, "flow-logs", { name: `/aws/vpc/${account.prefix}/flow-logs`, key: props.key });
  const role = new Role(scope, "flow-logs-role", {
    name: [account.prefix, "flow-logs"],
    trust: [trustService("vpc-flow-logs.amazonaws.com", { StringEquals: { "aws:SourceAccount": account.id } })],
    allow: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: [`${logs.resource.arn}:*`],
      },
    ],
  });
  new FlowLog(scope, "flow-log", {
    vpcId: vpc.id,
    trafficType: "ALL",
    maxAggregationInterval: 600,
    logDestination: logs.resource.arn,
    iamRoleArn: role.arn,
    dependsOn: [...role.ready],
  });
}

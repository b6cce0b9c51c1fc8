import {
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
  DescribeVpcAttributeCommand,
  paginateDescribeInstanceTypeOfferings,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { zonesWithoutEks } from "../../constructs/aws/new-vpc";
import type { ExistingNetwork } from "../../constructs/contracts/aws-network";
import { natInstanceType } from "../../constructs/contracts/prices";
import { isNotFound } from "../../deployment/aws/errors";
import { fail, pass, warn } from "../check";
import { type AwsContext, awsCheck } from "./context";

/** Addresses that a node and its pods take of a subnet to begin with. */
const addressesOfNode = 16;

export const zoneChecks = [
  awsCheck("zones", async (context) => {
    const { network } = context.environment;
    if (network.mode === "existing") return pass("those of the subnets");
    const zones = await zonesOf(context);
    return zones.length < network.zones
      ? fail(
          `${context.place.region} has ${zones.length} zones for EKS in this account, and network.zones is ${network.zones}`,
          "use fewer zones, or another region",
        )
      : pass(zones.join(", "));
  }),
  awsCheck("machines in the zones", async (context) => {
    const { environment, place } = context;
    const { network, nodes } = environment;
    const zones = (await zonesOf(context)).slice(0, nodes.zones);
    const groups = [
      { name: "nodes.system", types: nodes.system.instanceTypes },
      { name: "nodes.general", types: nodes.general.instanceTypes },
      ...nodes.gpu.map(({ name, instanceTypes }) => ({ name: `nodes.gpu ${name}`, types: instanceTypes })),
      ...(network.mode === "new" && network.egress.mode === "nat-instance"
        ? [{ name: "network.egress", types: [natInstanceType] }]
        : []),
    ];
    const offered = new Set<string>();
    const Filters = [{ Name: "instance-type", Values: [...new Set(groups.flatMap(({ types }) => types))] }];
    const query = { LocationType: "availability-zone" as const, Filters };
    for await (const page of paginateDescribeInstanceTypeOfferings({ client: place.clients.ec2 }, query)) {
      for (const { InstanceType = "", Location = "" } of page.InstanceTypeOfferings ?? [])
        offered.add(`${InstanceType} ${Location}`);
    }
    const lacking = groups.flatMap(({ name, types }) =>
      zones.flatMap((zone) => {
        const missing = types.filter((type) => !offered.has(`${type} ${zone}`));
        return missing.length > 0 ? [{ name, zone, missing, all: missing.length === types.length }] : [];
      }),
    );
    const told = lacking.map(({ name, zone, missing }) => `${missing.join(", ")} of ${name} in ${zone}`).join("; ");
    if (lacking.length === 0) return pass(`all types in ${zones.join(", ")}`);
    return lacking.some(({ all }) => all)
      ? fail(`AWS does not offer ${told}`, "choose other types, fewer zones, or another region")
      : warn(`AWS does not offer ${told}`, "the group's other types are there; choose more of them where spot is used");
  }),
  awsCheck("existing network", async ({ environment, place }) => {
    const { network, nodes } = environment;
    if (network.mode === "new") return pass("a new one is made");
    const subnets = await subnetsOf(network, place.clients.ec2);
    if ("missing" in subnets)
      return fail(`${subnets.missing} is not in ${place.region}`, "correct the id, the region or the account");
    const problems = [
      ...(await vpcProblems(network, place.clients.ec2)),
      ...subnetProblems(network, subnets.found, Math.max(nodes.system.max + nodes.general.max, 1) * addressesOfNode),
    ];
    return problems.length > 0
      ? fail(problems.map(({ found }) => found).join("; "), problems.map(({ remedy }) => remedy).join("; "))
      : pass(`${subnets.found.length} subnets of ${network.vpcId}`);
  }),
];

/** The zones that the network spans, first those with nodes. */
async function zonesOf({ environment: { network }, place }: AwsContext): Promise<string[]> {
  const { ec2 } = place.clients;
  if (network.mode === "existing") {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: network.privateSubnetIds }));
    return network.privateSubnetIds.flatMap(
      (id) => Subnets.find(({ SubnetId }) => SubnetId === id)?.AvailabilityZone ?? [],
    );
  }
  const Filters = [{ Name: "state", Values: ["available"] }];
  const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({ Filters }));
  // As Terraform chooses: by name, and neither local zones nor those without EKS.
  return AvailabilityZones.filter(
    ({ ZoneName = "", ZoneId = "" }) =>
      new RegExp(`^${place.region}[a-f]$`).test(ZoneName) && !zonesWithoutEks.includes(ZoneId),
  )
    .map(({ ZoneName = "" }) => ZoneName)
    .sort()
    .slice(0, network.zones);
}

type Ec2 = AwsContext["place"]["clients"]["ec2"];
interface Problem {
  readonly found: string;
  readonly remedy: string;
}

async function subnetsOf(network: ExistingNetwork, ec2: Ec2): Promise<{ missing: string } | { found: Subnet[] }> {
  const { privateSubnetIds, publicSubnetIds, databaseSubnetIds = [] } = network;
  const ids = [...new Set([...privateSubnetIds, ...publicSubnetIds, ...databaseSubnetIds])];
  try {
    return { found: (await ec2.send(new DescribeSubnetsCommand({ SubnetIds: ids }))).Subnets ?? [] };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const named = /subnet-[0-9a-f]+/.exec((error as Error).message)?.[0];
    return { missing: `the subnet ${named ?? ids.join(", ")}` };
  }
}

async function vpcProblems({ vpcId }: ExistingNetwork, ec2: Ec2): Promise<Problem[]> {
  const asked = (["enableDnsSupport", "enableDnsHostnames"] as const).map(async (Attribute) => {
    const answer = await ec2.send(new DescribeVpcAttributeCommand({ VpcId: vpcId, Attribute }));
    const value = Attribute === "enableDnsSupport" ? answer.EnableDnsSupport : answer.EnableDnsHostnames;
    return value?.Value
      ? []
      : [{ found: `${Attribute} of ${vpcId} is off`, remedy: "switch it on: nodes find EKS by name" }];
  });
  try {
    return (await Promise.all(asked)).flat();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return [{ found: `the VPC ${vpcId} is not there`, remedy: "correct network.vpcId, the region or the account" }];
  }
}

function subnetProblems(network: ExistingNetwork, subnets: readonly Subnet[], addresses: number): Problem[] {
  const problems: Problem[] = [];
  for (const { SubnetId, VpcId } of subnets) {
    if (VpcId !== network.vpcId)
      problems.push({ found: `${SubnetId} is in ${VpcId}`, remedy: `name subnets of ${network.vpcId}` });
  }
  const lists = {
    private: network.privateSubnetIds,
    public: network.publicSubnetIds,
    database: network.databaseSubnetIds,
  };
  for (const [kind, ids = []] of Object.entries(lists)) {
    const zones = ids.map((id) => subnets.find(({ SubnetId }) => SubnetId === id)?.AvailabilityZone);
    if (new Set(zones).size < ids.length)
      problems.push({ found: `two ${kind} subnets are in one zone (${zones.join(", ")})`, remedy: "name one a zone" });
  }
  for (const { SubnetId = "", AvailableIpAddressCount: free = 0 } of subnets) {
    if (network.privateSubnetIds.includes(SubnetId) && free < addresses)
      problems.push({
        found: `${SubnetId} has ${free} free addresses, and its nodes and pods want ${addresses}`,
        remedy: "name a larger subnet, or allow fewer nodes",
      });
  }
  return problems;
}

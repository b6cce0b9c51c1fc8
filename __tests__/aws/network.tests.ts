import { inputs } from "../support/environments";
import { resourcesOfType } from "../support/synth";
import { violations } from "./invariants";
import { networkOf, newNetwork, paths } from "./network-stack";

const network = (name: "dev" | "prod") => (inputs[name]() as { network: unknown; nodes: unknown }).network;
const gateway = newNetwork({ mode: "nat-gateway" }).stack;
const prod = networkOf({ network: network("prod"), "nodes.zones": 3 }).stack;
const each = [
  ["nat-gateway", gateway],
  ["nat-instance", newNetwork({ mode: "nat-instance" }).stack],
  ["none", newNetwork({ mode: "none" }).stack],
] as const;

describe.each(each)("egress %s", (mode, stack) => {
  test("only public subnets reach the internet directly, and the database's subnets reach nothing", () => {
    const internet = Object.entries(resourcesOfType(stack, "aws_route")).filter(([, route]) => route["gateway_id"]);
    expect(internet.map(([at]) => at)).toEqual(["network/public-internet"]);
    expect(paths(stack, "aws_route_table_association").filter((at) => at.includes("database"))).toEqual([]);
    expect(resourcesOfType(stack, "aws_default_route_table")["network/default-routes"]).toMatchObject({ route: [] });
  });

  test("each private subnet has a table of its own, so that another way out only changes routes", () => {
    const tables = Object.entries(resourcesOfType(stack, "aws_route_table_association"))
      .filter(([at]) => at.includes("private"))
      .map(([, association]) => association["route_table_id"]);
    expect(new Set(tables).size).toBe(2);
    expect(paths(stack, "aws_route").filter((at) => at.includes("private"))).toEqual(
      mode === "none" ? [] : ["network/private-0-nat", "network/private-1-nat"],
    );
  });

  test("load balancers find their subnets", () => {
    const tagged = (tag: string) =>
      Object.entries(resourcesOfType(stack, "aws_subnet"))
        .filter(([, subnet]) => (subnet["tags"] as Record<string, string>)[tag])
        .map(([at]) => at);
    expect(tagged("kubernetes.io/role/elb")).toEqual(["network/public-0", "network/public-1"]);
    expect(tagged("kubernetes.io/role/internal-elb")).toEqual(["network/private-0", "network/private-1"]);
  });

  test("buckets are reached without a NAT, and traffic is logged", () => {
    const s3 = resourcesOfType(stack, "aws_vpc_endpoint")["network/s3"];
    expect(s3).toMatchObject({ vpc_endpoint_type: "Gateway" });
    expect(s3?.["route_table_ids"]).toHaveLength(2);
    expect(resourcesOfType(stack, "aws_flow_log")["network/flow-log"]).toMatchObject({ traffic_type: "ALL" });
  });

  test("nothing that must never be is in it", () => {
    expect(violations(stack)).toEqual([]);
  });
});

test("one NAT gateway serves all zones, or one each; and only zones with nodes get one", () => {
  expect(paths(gateway, "aws_nat_gateway")).toEqual(["network/nat-0"]);
  expect(paths(prod, "aws_nat_gateway")).toHaveLength(3);
  const oneZone = newNetwork({ mode: "nat-gateway", perZone: true }, { "nodes.zones": 1 }).stack;
  expect(paths(oneZone, "aws_nat_gateway")).toEqual(["network/nat-0"]);
});

test("each zone's private subnet leaves by the gateway of its own zone where there is one", () => {
  const routes = resourcesOfType(prod, "aws_route");
  const gateways = [0, 1, 2].map((zone) => routes[`network/private-${zone}-nat`]?.["nat_gateway_id"]);
  expect(new Set(gateways).size).toBe(3);
  const shared = resourcesOfType(gateway, "aws_route");
  expect(shared["network/private-1-nat"]?.["nat_gateway_id"]).toBe(shared["network/private-0-nat"]?.["nat_gateway_id"]);
});

test("a gateway is there before the routes to it, and goes after them", () => {
  expect(resourcesOfType(gateway, "aws_nat_gateway")["network/nat-0"]?.["depends_on"]).toEqual([
    expect.stringMatching(/^aws_route\..*public-internet/),
  ]);
});

test("nodes wait for the routes, for the tables' subnets and for the way to images", () => {
  const { awaited } = newNetwork({ mode: "nat-gateway" });
  expect(awaited).toEqual(
    ["private-0-nat", "private-1-nat", "private-0-routes", "private-1-routes", "s3"].map((part) =>
      expect.stringContaining(`network_${part}_`),
    ),
  );
});

test("a subnet stays in its zone when AWS adds one", () => {
  for (const subnet of Object.values(resourcesOfType(gateway, "aws_subnet"))) {
    expect(subnet["lifecycle"]).toEqual({ ignore_changes: ["availability_zone"] });
  }
});

test("the smallest block still has room for load balancers", () => {
  const small = networkOf({ network: { ...(network("prod") as object), cidr: "10.20.0.0/20" }, "nodes.zones": 3 });
  const subnets = Object.entries(resourcesOfType(small.stack, "aws_subnet"));
  expect(Object.fromEntries(subnets.map(([at, subnet]) => [at, subnet["cidr_block"]]))).toMatchObject({
    "network/private-2": "10.20.8.0/22",
    "network/public-0": "10.20.12.0/26",
    "network/database-2": "10.20.13.128/26",
  });
});

import { changed, inputs } from "../support/environments";
import { resourcesOfType, synthesizeStacks } from "../support/synth";

const stacks = synthesizeStacks([inputs.dev(), inputs.prod()]);
const dev = stacks["dev-cluster"] ?? fail();
const prod = stacks["prod-cluster"] ?? fail();

function fail(): never {
  throw new Error("a stack is missing");
}

test("dev has one way out, prod one in each zone", () => {
  expect(Object.keys(resourcesOfType(dev, "aws_nat_gateway"))).toHaveLength(1);
  expect(Object.keys(resourcesOfType(prod, "aws_nat_gateway"))).toHaveLength(3);
});

test("each zone's private subnet leaves by the gateway of its own zone where there is one", () => {
  const gateway = (at: string) => resourcesOfType(prod, "aws_route")[at]?.["nat_gateway_id"];
  const gateways = [0, 1, 2].map((zone) => gateway(`network/private-${zone}-nat`));
  expect(new Set(gateways).size).toBe(3);
});

test("only public subnets reach the internet directly, and the database's subnets reach nothing", () => {
  const internet = Object.entries(resourcesOfType(prod, "aws_route")).filter(([, route]) => route["gateway_id"]);
  expect(internet.map(([at]) => at)).toEqual(["network/public-internet"]);
  const routed = Object.keys(resourcesOfType(prod, "aws_route_table_association"));
  expect(routed.filter((at) => at.includes("database"))).toEqual([]);
});

test("load balancers find their subnets", () => {
  const tagged = (tag: string) =>
    Object.entries(resourcesOfType(dev, "aws_subnet"))
      .filter(([, subnet]) => (subnet["tags"] as Record<string, string>)[tag])
      .map(([at]) => at);
  expect(tagged("kubernetes.io/role/elb")).toEqual(["network/public-0", "network/public-1"]);
  expect(tagged("kubernetes.io/role/internal-elb")).toEqual(["network/private-0", "network/private-1"]);
});

test("a subnet stays in its zone when AWS adds one", () => {
  for (const subnet of Object.values(resourcesOfType(dev, "aws_subnet"))) {
    expect(subnet["lifecycle"]).toEqual({ ignore_changes: ["availability_zone"] });
  }
});

test("buckets are reached without the NAT gateway, and traffic is logged", () => {
  expect(resourcesOfType(prod, "aws_vpc_endpoint")["network/s3"]).toMatchObject({ vpc_endpoint_type: "Gateway" });
  expect(resourcesOfType(prod, "aws_vpc_endpoint")["network/s3"]?.["route_table_ids"]).toHaveLength(3);
  expect(resourcesOfType(prod, "aws_flow_log")["network/flow-log"]).toMatchObject({ traffic_type: "ALL" });
});

test("the smallest block still has room for load balancers", () => {
  const small = synthesizeStacks([changed(inputs.prod(), "network.cidr", "10.20.0.0/20")])["prod-cluster"] ?? fail();
  const blocks = Object.entries(resourcesOfType(small, "aws_subnet")).map(([at, subnet]) => [at, subnet["cidr_block"]]);
  expect(Object.fromEntries(blocks)).toMatchObject({
    "network/private-2": "10.20.8.0/22",
    "network/public-0": "10.20.12.0/26",
    "network/database-2": "10.20.13.128/26",
  });
});

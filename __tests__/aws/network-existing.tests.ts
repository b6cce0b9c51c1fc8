import type { StackJson } from "../support/synth";
import { networkOf, paths } from "./network-stack";

const given = {
  mode: "existing",
  vpcId: "vpc-0123456789abcdef0",
  cidr: "10.30.0.0/16",
  privateSubnetIds: ["subnet-0000000000000000a", "subnet-0000000000000000b"],
  publicSubnetIds: ["subnet-0000000000000000c", "subnet-0000000000000000d"],
};
const { network, stack } = networkOf({ network: given });

test("the VPC that is there is used as it is: nothing in it is made, and nothing changed", () => {
  const made = Object.keys(stack.resource ?? {});
  expect(made).toEqual(expect.arrayContaining(["aws_kms_key"]));
  expect(made.filter((type) => !type.startsWith("aws_kms_"))).toEqual([]);
  expect(network).toMatchObject({
    vpcId: given.vpcId,
    privateSubnetIds: given.privateSubnetIds,
    publicSubnetIds: given.publicSubnetIds,
    egress: [],
  });
});

test("the database is in subnets of its own where there are some, and else in the private ones", () => {
  expect(network.databaseSubnetIds).toEqual(given.privateSubnetIds);
  const own = ["subnet-0000000000000000e", "subnet-0000000000000000f"];
  expect(networkOf({ network: { ...given, databaseSubnetIds: own } }).network.databaseSubnetIds).toEqual(own);
});

test("a subnet of another VPC, or a block that is not the VPC's, fails the plan with what to do", () => {
  const conditions = (from: StackJson) =>
    Object.values(from.data ?? {})
      .flatMap((ofType) => Object.values(ofType))
      .flatMap(({ lifecycle }) => (lifecycle as { postcondition?: { error_message: string }[] })?.postcondition ?? [])
      .map(({ error_message }) => error_message);
  const said = conditions(stack);
  for (const id of [...given.privateSubnetIds, ...given.publicSubnetIds]) {
    expect(said).toContain(`${id} is not in ${given.vpcId}; use subnets of the one VPC`);
  }
  expect(said).toContainEqual(expect.stringMatching(/network.cidr is "10.30.0.0\/16", which is no block of vpc-/));
  expect(said).toContainEqual(expect.stringContaining("turn on DNS resolution"));
  expect(paths(stack, "aws_ec2_tag")).toEqual([]);
});

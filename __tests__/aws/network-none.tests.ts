import { endpointServices } from "../../constructs/contracts/endpoints";
import { awsSchema } from "../../constructs/contracts/environment";
import { changed, inputs } from "../support/environments";
import { resourcesOfType } from "../support/synth";
import { newNetwork, paths } from "./network-stack";

const { awaited, stack } = newNetwork({ mode: "none" }, { "nodes.zones": 1 });
const interfaces = Object.entries(resourcesOfType(stack, "aws_vpc_endpoint")).filter(
  ([, endpoint]) => endpoint["vpc_endpoint_type"] === "Interface",
);

test("nothing private has a route out of the VPC, and there is no NAT of any kind", () => {
  expect(paths(stack, "aws_route")).toEqual(["network/public-internet"]);
  for (const type of ["aws_nat_gateway", "aws_autoscaling_group", "aws_eip"]) expect(paths(stack, type)).toEqual([]);
});

test("AWS answers by its usual names at addresses inside, in the zones of nodes", () => {
  expect(interfaces.map(([, endpoint]) => String(endpoint["service_name"]))).toEqual(
    expect.arrayContaining(["com.amazonaws.eu-west-1.ecr.dkr", "com.amazonaws.eu-west-1.eks-auth"]),
  );
  for (const [, endpoint] of interfaces) {
    expect(endpoint).toMatchObject({
      private_dns_enabled: true,
      subnet_ids: [expect.stringContaining("private-0")],
      security_group_ids: [expect.stringContaining("endpoints_security-group")],
    });
  }
});

test("the endpoints take HTTPS from the VPC and nothing else", () => {
  const rules = Object.values(resourcesOfType(stack, "aws_vpc_security_group_ingress_rule"));
  expect(rules).toHaveLength(1);
  expect(rules[0]).toMatchObject({ cidr_ipv4: "10.10.0.0/16", ip_protocol: "tcp", from_port: 443, to_port: 443 });
  expect(paths(stack, "aws_vpc_security_group_egress_rule")).toEqual([]);
});

test("nodes wait for every endpoint", () => {
  for (const [at] of interfaces) {
    const id = `network_endpoints_${at.split("/").at(-1)}_`;
    expect(awaited).toContainEqual(expect.stringContaining(id));
  }
});

test("what an environment adds to a cluster, its endpoints follow", () => {
  const services = (...changes: [string, unknown][]) =>
    Object.keys(
      endpointServices(awsSchema.parse(changes.reduce((so, [path, value]) => changed(so, path, value), inputs.dev()))),
    );
  expect(services()).not.toContain("elasticfilesystem");
  expect(services(["homes", "efs"])).toContain("elasticfilesystem");
  expect(services()).not.toContain("sqs");
  expect(services(["nodes.mode", "karpenter"])).toEqual(expect.arrayContaining(["sqs", "ssm"]));
});

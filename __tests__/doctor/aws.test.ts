import { catalogue } from "../../constructs/components/catalogue";
import type { AwsEnvironment } from "../../constructs/contracts/environment";
import { type Environment, loadEnvironment } from "../../constructs/contracts/load";
import { familyOf, neededBy } from "../../doctor/aws/needed";
import { changed, inputs, withoutDomain } from "../support/environments";

/** What an environment may take of an account at its largest: a quota that is too small shows when people come. */

const base = () => {
  const group = { instanceTypes: ["m6i.large"], min: 0, max: 3 };
  const nodes = { mode: "groups", zones: 2, system: { ...group, min: 1, max: 1 }, general: group };
  const apart = withoutDomain(inputs.dev());
  return changed(changed(apart, "nodes", nodes), "network.egress", { mode: "nat-gateway" });
};
const needed = (input: unknown) =>
  neededBy(loadEnvironment(input, catalogue) as AwsEnvironment & Pick<Environment, "components">);

test("each group counts in every zone, by its largest type", () => {
  // (1 + 3) machines of 2 vCPUs in 2 zones.
  expect(needed(base()).vcpus).toEqual({ standard: 16, standardSpot: 0, gpu: 0, gpuSpot: 0 });
  const larger = changed(base(), "nodes.general.instanceTypes", ["m6i.large", "m6i.2xlarge"]);
  expect(needed(larger).vcpus.standard).toBe(2 * 2 + 3 * 8 * 2);
});

test("spot and GPUs have quotas of their own", () => {
  const gpu = (spot: boolean) => [{ name: "gpu", instanceTypes: ["g4dn.xlarge"], max: 2, spot }];
  const spot = changed(base(), "nodes.general.spot", true);
  expect(needed(spot).vcpus).toMatchObject({ standard: 4, standardSpot: 12 });
  expect(needed(changed(base(), "nodes.gpu", gpu(false))).vcpus).toMatchObject({ gpu: 16, gpuSpot: 0 });
  expect(needed(changed(base(), "nodes.gpu", gpu(true))).vcpus).toMatchObject({ gpu: 0, gpuSpot: 16 });
});

test.each([
  ["m6i.large", false, "standard"],
  ["t4g.nano", true, "standardSpot"],
  ["g6.xlarge", false, "gpu"],
  ["g5g.xlarge", true, "gpuSpot"],
  ["vt1.3xlarge", false, "gpu"],
])("%s with spot %s counts as %s", (type, spot, family) => expect(familyOf(type, spot)).toBe(family));

test("the way out takes addresses: a gateway a zone, one for all, or one machine", () => {
  const egress = (value: object) => needed(changed(base(), "network.egress", value));
  expect(egress({ mode: "nat-gateway" })).toMatchObject({ addresses: 1, natGatewaysPerZone: 1 });
  expect(egress({ mode: "nat-gateway", perZone: true })).toMatchObject({ addresses: 2, natGatewaysPerZone: 1 });
  const machine = egress({ mode: "nat-instance" });
  expect(machine).toMatchObject({ addresses: 1, natGatewaysPerZone: 0 });
  expect(machine.vcpus.standard).toBe(16 + 2);
});

test("a network that is there is not made again", () => {
  const network = {
    mode: "existing",
    vpcId: "vpc-0123456789abcdef0",
    cidr: "10.50.0.0/16",
    privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
  };
  expect(needed(changed(base(), "network", network))).toMatchObject({ vpcs: 0, addresses: 0 });
});

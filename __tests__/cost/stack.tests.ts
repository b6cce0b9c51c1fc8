import type { JsonObject } from "../../constructs/contracts/json";
import { bill } from "../../cost/bill";
import { ClusterStack } from "../../stacks/cluster-stack";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeApp } from "../support/synth";
import { cheap, read, usage } from "./environments";

/** A bill is of what is made: quantities of it, beside the stack that makes it. */

const dear = {
  ...cheap,
  network: { mode: "new", cidr: "10.10.0.0/16", zones: 3, egress: { mode: "nat-gateway", perZone: true } },
  nodes: {
    mode: "groups",
    zones: 3,
    system: { instanceTypes: ["m6i.large"], min: 1, max: 2 },
    general: { instanceTypes: ["m6i.xlarge"], min: 2, max: 4 },
    gpu: [{ name: "gpu", instanceTypes: ["g4dn.xlarge"], min: 1, max: 2 }],
  },
  database: { instanceClass: "db.t4g.medium", storageGiB: 50, multiZone: true, backupDays: 14 },
  schedule: undefined,
};
const closed = {
  ...cheap,
  network: { mode: "new", cidr: "10.10.0.0/16", zones: 3, egress: { mode: "none" } },
  "nodes.zones": 2,
  domain: { mode: "none" },
  identity: { mode: "none" },
  images: { mode: "given", toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" },
  mirror: { images: "registry.example/mirror" },
};

describe.each([
  ["cheap", cheap],
  ["dear", dear],
  ["closed", closed],
])("a %s environment", (_, changes: Readonly<Record<string, unknown>>) => {
  const input = Object.entries(changes).reduce((to, [path, value]) => changed(to, path, value), inputs.dev());
  const environment = read(input);
  const { foundation, components } = environment;
  const parts = [...foundation, ...components];
  const stack = synthesizeApp((app) => new ClusterStack(app, "cluster", { environment, parts }))[
    "cluster"
  ] as StackJson;
  const lines = bill({ environment, usage });
  const made = (type: string) => Object.values(resourcesOfType(stack, type));
  const idle = (pattern: RegExp) =>
    lines.filter(({ item }) => pattern.test(item)).reduce((sum, { quantity }) => sum + quantity.idle, 0);
  const sum = (all: readonly JsonObject[], of: (each: JsonObject) => number) =>
    all.reduce((total, each) => total + of(each), 0);

  test("has as many NATs, with as many addresses", () => {
    expect(idle(/^NAT gateway, \d/) / 730).toBe(made("aws_nat_gateway").length);
    expect(idle(/^NAT instance, t4g/) / 730).toBe(made("aws_autoscaling_group").length);
    expect(idle(/^NAT .*, public address/) / 730).toBe(made("aws_eip").length);
  });

  test("has as many interface endpoints, by the zone", () => {
    const interfaces = made("aws_vpc_endpoint").filter((each) => each.vpc_endpoint_type === "Interface");
    expect(idle(/^interface endpoints, \d/) / 730).toBe(
      sum(interfaces, (each) => (each.subnet_ids as unknown[]).length),
    );
  });

  test("has the nodes that stay, of these types", () => {
    const groups = made("aws_eks_node_group");
    for (const { quantity, item } of lines.filter(({ group, unit }) => group === "nodes" && unit === "hour")) {
      const [name, type = ""] = item.split(/, | spot/);
      const ofName = groups.filter((each) => (each.labels as JsonObject)["open-mlops/nodes"] === name);
      expect([name, new Set(ofName.map((each) => (each.instance_types as string[])[0]))]).toEqual([
        name,
        new Set([type]),
      ]);
      const least = sum(ofName, (each) => (each.scaling_config as { min_size: number }).min_size);
      const awake = environment.schedule ? (730 * 5 * (12 + 25 / 60)) / 168 : 730;
      expect(quantity.idle).toBeCloseTo(least * awake, 6);
    }
  });

  test("has their disks, and the NAT instance's", () => {
    const disks = made("aws_launch_template").map((template) => {
      const mappings = template.block_device_mappings as { ebs: { volume_size?: number } }[];
      return mappings.reduce((total, { ebs }) => total + (ebs.volume_size ?? 0), 0);
    });
    const ofNodes = lines.flatMap(({ item }) => /, disks of (\d+) GiB/.exec(item)?.[1] ?? []).map(Number);
    const ofNat = lines.filter(({ item }) => item === "NAT instance, disk").map(({ quantity }) => quantity.idle);
    expect(new Set([...ofNodes, ...ofNat])).toEqual(new Set(disks));
  });

  test("has the database, the keys and the images", () => {
    const [server] = made("aws_db_instance");
    const { instance_class, allocated_storage, multi_az } = server as JsonObject;
    expect(lines.map(({ item }) => item)).toContain(`${instance_class}${multi_az ? ", two servers" : ""}`);
    expect(idle(/^disk of \d+ GiB/)).toBe(Number(allocated_storage) * (multi_az ? 2 : 1));
    expect(idle(/^encryption key/)).toBe(made("aws_kms_key").length);
    const builds = made("aws_codebuild_project").map((each) => (each.environment as JsonObject).compute_type);
    expect(builds).toEqual(lines.some(({ item }) => item === "building them") ? ["BUILD_GENERAL1_MEDIUM"] : []);
  });
});

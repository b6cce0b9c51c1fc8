import { databaseBefore, nodesBefore, othersAfter } from "../../constructs/aws/schedule-times";
import { priceTable } from "../../constructs/contracts/price-table";
import { type Billed, bill } from "../../cost/bill";
import { type Line, monthly, total } from "../../cost/line";
import { inputs } from "../support/environments";
import { cheap, devWith, read, usage } from "./environments";

const region = "eu-west-1";
const service = (name: Parameters<typeof priceTable.service>[0]) => priceTable.service(name, region).dollars;
const machine = (name: string) => priceTable.instance(name, region).dollars;
const { spotShare } = priceTable.list;
/** Twelve hours and what is before and after them on five days, of the 168 hours of a week. */
const hours = (around: number) => (730 * 5 * (12 + around / 60)) / 168;
const awake = hours(nodesBefore + othersAfter);
const databaseAwake = hours(databaseBefore + othersAfter);

function lineOf(environment: Billed, item: string, more: Partial<Parameters<typeof bill>[0]> = {}): Line {
  const lines = bill({ environment, usage, ...more });
  const found = lines.filter((line) => line.item === item || line.item.startsWith(`${item} `));
  if (found.length !== 1)
    throw new Error(`${found.length} lines of "${item}": ${lines.map((line) => line.item).join("; ")}`);
  return found[0] as Line;
}
const both = (line: Line) => [monthly(line, "idle"), monthly(line, "inUse")];

describe("each line is a quantity times a price of the list", () => {
  const environment = devWith(cheap);
  // Three small servers (0.5 cores, 2 GiB) on an m6i.large: five people need two nodes, for 80 hours, and 40 of training.
  const general = 2 * 80 + 40;

  test.each<[string, number, number]>([
    ["EKS", 730 * service("eks-cluster"), 730 * service("eks-cluster")],
    ["NAT instance, t4g.nano", 730 * machine("t4g.nano"), 730 * machine("t4g.nano")],
    ["NAT instance, public", 730 * service("public-ipv4"), 730 * service("public-ipv4")],
    ["load balancer", 730 * service("network-load-balancer"), 730 * service("network-load-balancer")],
    ["load balancer, traffic", 0, 25 * service("network-load-balancer-capacity")],
    ["load balancer, 2 public", 2 * 730 * service("public-ipv4"), 2 * 730 * service("public-ipv4")],
    ["DNS zone", 0.5, 0.5],
    ["system, t3.large spot", awake * machine("t3.large") * spotShare, awake * machine("t3.large") * spotShare],
    ["system, disks", (awake / 730) * 50 * service("gp3"), (awake / 730) * 50 * service("gp3")],
    ["general, m6i.large spot", 0, general * machine("m6i.large") * spotShare],
    ["general, disks", 0, (general / 730) * 50 * service("gp3")],
    ["db.t4g.micro", databaseAwake * 0.017, databaseAwake * 0.017],
    ["homes on disks", 0, 5 * 10 * service("gp3")],
    ["buckets", 0, 100 * service("s3")],
    ["logs written", 6 * service("logs-ingest"), (6 + 2.5) * service("logs-ingest")],
    ["encryption key", 1, 1],
    ["password, a secret", 0.4, 0.4],
    ["the project's own", 12 * service("ecr"), 12 * service("ecr")],
    ["building them", 0, 60 * service("build-minute")],
  ])("%s", (item, idle, inUse) => {
    const [gotIdle, gotInUse] = both(lineOf(environment, item));
    expect(gotIdle).toBeCloseTo(idle, 6);
    expect(gotInUse).toBeCloseTo(inUse, 6);
  });

  test("the database's disk is paid while it sleeps", () => {
    expect(lineOf(environment, "disk").quantity).toEqual({ idle: 20, inUse: 20 });
    expect(lineOf(environment, "disk").unitPrice).toBe(service("database-storage"));
  });

  test("and the month is their sum", () => {
    const lines = bill({ environment, usage });
    const sum = lines.reduce((all, { quantity, unitPrice }) => all + quantity.idle * unitPrice, 0);
    expect(total(lines, "idle")).toBeCloseTo(sum, 8);
  });
});

describe("what an environment chooses", () => {
  test("a NAT gateway in each zone of nodes has an address and a meter", () => {
    const environment = devWith({
      ...cheap,
      "network.egress": { mode: "nat-gateway", perZone: true },
      "nodes.zones": 2,
    });
    expect(lineOf(environment, "NAT gateway, 2").quantity.idle).toBe(2 * 730);
    expect(lineOf(environment, "NAT gateway, public").quantity.idle).toBe(2 * 730);
    expect(lineOf(environment, "NAT gateway, traffic")).toMatchObject({
      estimate: true,
      quantity: { idle: 20, inUse: 45 },
    });
  });

  test("Multi-AZ is two servers with a disk each", () => {
    const one = devWith(cheap);
    const two = devWith({ ...cheap, "database.multiZone": true });
    const sum = (environment: Billed) =>
      total(
        bill({ environment, usage }).filter(({ unit, group }) => group === "database" && unit !== "month"),
        "idle",
      );
    expect(sum(two)).toBeCloseTo(2 * sum(one), 8);
  });

  test("nodes stand in every zone", () => {
    const environment = devWith({ ...cheap, "nodes.zones": 2, schedule: undefined });
    expect(lineOf(environment, "system, t3.large").quantity.idle).toBe(2 * 730);
  });

  test("GPU hours are those of the first GPU group, from none", () => {
    const gpu = [
      { name: "gpu", instanceTypes: ["g4dn.xlarge"], max: 2 },
      { name: "training", instanceTypes: ["g5.xlarge"], max: 1, spot: true },
    ];
    const environment = devWith({ ...cheap, "nodes.gpu": gpu });
    expect(lineOf(environment, "gpu, g4dn.xlarge").quantity).toEqual({ idle: 0, inUse: 20 });
    expect(lineOf(environment, "gpu, g4dn.xlarge").unitPrice).toBe(0.587);
    expect(lineOf(environment, "training, g5.xlarge spot").quantity).toEqual({ idle: 0, inUse: 0 });
  });

  test("on demand is not the price of spot", () => {
    const environment = devWith({ ...cheap, "nodes.system": { ...cheap.nodes.system, spot: false } });
    expect(lineOf(environment, "system, t3.large")).toMatchObject({ unitPrice: machine("t3.large") });
    expect(lineOf(environment, "system, t3.large").estimate).toBeUndefined();
  });

  test("on spot any type of a group may come: the dearest is counted; on demand it is the first", () => {
    const types = { instanceTypes: ["t3.large", "m5.large", "t3a.large"], min: 1, max: 2 };
    const spot = devWith({ ...cheap, "nodes.system": { ...types, spot: true } });
    expect(lineOf(spot, "system, m5.large spot").unitPrice).toBeCloseTo(machine("m5.large") * spotShare, 10);
    expect(lineOf(devWith({ ...cheap, "nodes.system": types }), "system, t3.large").unitPrice).toBe(
      machine("t3.large"),
    );
  });

  test("homes on EFS are billed as if full, and for what is read and written", () => {
    const line = lineOf(devWith({ ...cheap, homes: "efs" }), "homes on EFS");
    expect(line).toMatchObject({ quantity: { idle: 0, inUse: 50 }, estimate: true });
    const [read, written] = ["homes read", "homes written"].map((item) =>
      lineOf(devWith({ ...cheap, homes: "efs" }), item),
    );
    expect(read).toMatchObject({ quantity: { idle: 0, inUse: 100 }, unitPrice: service("efs-read") });
    expect(written).toMatchObject({ quantity: { idle: 0, inUse: 25 }, unitPrice: service("efs-write") });
  });

  test("no domain, no load balancer; given images, none of our own", () => {
    const given = { mode: "given", toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" };
    const lines = bill({
      environment: devWith({ ...cheap, domain: { mode: "none" }, identity: { mode: "none" }, images: given }),
      usage,
    });
    expect(lines.map(({ group }) => group)).not.toContain("entry");
    expect(lines.map(({ group }) => group)).not.toContain("images");
  });

  test("a server for Keycloak alone is billed too, and is gone with it", () => {
    const environment = devWith(cheap);
    const components = environment.components.filter(({ needs }) => !needs.database);
    const lines = (of: Billed) => bill({ environment: of, usage }).map(({ group }) => group);
    expect(environment.foundation.some(({ needs }) => needs.database)).toBe(true);
    expect(lines({ ...environment, components })).toContain("database");
    const foundation = environment.foundation.filter(({ needs }) => !needs.database);
    expect(lines({ ...environment, components, foundation })).not.toContain("database");
  });

  test("an existing network is its owner's bill", () => {
    const subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"];
    const network = {
      mode: "existing",
      vpcId: "vpc-0123456789abcdef0",
      cidr: "10.9.0.0/16",
      privateSubnetIds: subnets,
    };
    const environment = devWith({ ...cheap, network, domain: { mode: "none" }, identity: { mode: "none" } });
    expect(bill({ environment, usage }).map(({ group }) => group)).not.toContain("network");
  });

  test("a team that works longer than the schedule keeps it awake", () => {
    const environment = devWith(cheap);
    const line = lineOf(environment, "system, t3.large", { usage: { ...usage, notebookHours: 400 } });
    expect(line.quantity).toEqual({ idle: awake, inUse: 400 });
  });

  test("a team that is too large for the group is told", () => {
    const line = lineOf(devWith(cheap), "general, m6i.large", { usage: { ...usage, users: 50 } });
    expect(line.note).toBe("the team needs 17 nodes at a time and the group has 4 at the most: people wait");
    expect(line.quantity.inUse).toBe(4 * 80 + 40);
  });

  test("a price that the region's list lacks is marked as another region's", () => {
    const environment = devWith({ ...cheap, region: "ap-south-2" });
    expect(new Set(bill({ environment, usage }).map(({ priceRegion }) => priceRegion))).toEqual(new Set(["us-east-1"]));
    expect(lineOf(devWith(cheap), "EKS").priceRegion).toBe(region);
  });
});

describe("dev and prod as they are", () => {
  // With an entry of its own where it has none yet: what is promised is a platform that one reaches over HTTPS.
  const dev = read({ domain: cheap.domain, ...(inputs.dev() as object) });
  const prod = read(inputs.prod());

  test("dev costs less than 150 dollars idle, with a cluster, a database, storage and an HTTPS entry", () => {
    const lines = bill({ environment: dev, usage });
    const billed = new Set(lines.filter((line) => line.quantity.idle > 0).map(({ group }) => group));
    for (const group of ["control plane", "network", "entry", "nodes", "database"]) expect(billed).toContain(group);
    expect(total(lines, "idle")).toBeLessThan(150);
  });

  test("prod is what its own lines say, between its nodes alone and twice its nodes", () => {
    const lines = bill({ environment: prod, usage });
    const nodes = total(
      lines.filter(({ group }) => group === "nodes"),
      "idle",
    );
    const { system, general, zones } = prod.nodes;
    const hour = (group: typeof system) =>
      group.min * zones * machine(group.instanceTypes[0] ?? "") * (group.spot ? spotShare : 1);
    const machines = 730 * (hour(system) + hour(general));
    expect(nodes).toBeGreaterThan(machines);
    expect(total(lines, "idle")).toBeGreaterThan(nodes);
    expect(total(lines, "idle")).toBeLessThan(2 * nodes);
    expect(total(lines, "idle")).toBeGreaterThan(total(bill({ environment: dev, usage }), "idle"));
  });
});

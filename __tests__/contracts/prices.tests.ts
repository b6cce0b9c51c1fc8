import { baseRegion, PriceTable, priceListSchema, priceTable, services } from "../../constructs/contracts/price-table";
import { databaseClasses, instanceType, instanceTypes, natInstanceType } from "../../constructs/contracts/prices";

test.each(Object.entries(instanceTypes))("%s says what it has, and has a price", (name, type) => {
  expect(priceTable.instance(name, baseRegion).dollars).toBeGreaterThan(0);
  expect(type.vcpus).toBeGreaterThan(1);
  // Families with a g before the dot are AWS's own Arm processors.
  expect(type.architecture).toBe(/^[a-z]+\d+g\./.test(name) ? "arm64" : "x86_64");
  expect(type.gpus > 0).toBe(name.startsWith("g"));
});

test.each(Object.entries(databaseClasses))("%s says what it has, and has a price", (name, { memoryGiB }) => {
  expect(name).toMatch(/^db\./);
  expect(priceTable.database(name, baseRegion).dollars).toBeGreaterThan(0);
  expect(memoryGiB).toBeGreaterThan(0);
});

test.each(services)("%s has a price", (service) => {
  expect(priceTable.service(service, baseRegion)).toMatchObject({ region: baseRegion });
});

test("nothing is priced that nobody can choose", () => {
  for (const { instances, databases } of Object.values(priceTable.list.regions)) {
    const machines = Object.keys(instances).filter((name) => name !== natInstanceType);
    expect(machines.filter((name) => !Object.hasOwn(instanceTypes, name))).toEqual([]);
    expect(Object.keys(databases).filter((name) => !Object.hasOwn(databaseClasses, name))).toEqual([]);
  }
});

test("a machine of several sizes costs as much for a vCPU in every region that knows it, within a hundredth", () => {
  for (const { instances } of Object.values(priceTable.list.regions)) {
    const { "m6i.large": small = 0, "m6i.xlarge": middle = 0, "m6i.2xlarge": large = 0 } = instances;
    expect(middle / small).toBeCloseTo(2, 2);
    expect(large / small).toBeCloseTo(4, 2);
  }
});

test("a type that is not in the list is refused with the ones that are", () => {
  expect(() => instanceType("m99.huge")).toThrow(/"m99.huge" is not in the price list; use one of t3.medium/);
  expect(() => instanceType("toString")).toThrow("price list");
});

describe("a figure", () => {
  const table = new PriceTable(
    priceListSchema.parse({
      readOn: "2026-01-31",
      spotShare: 0.5,
      sources: [{ of: "all", from: "a test" }],
      regions: {
        "us-east-1": { instances: { "t3.large": 2 }, databases: {}, services: { "eks-cluster": 3, gp3: 4 } },
        "eu-west-1": { instances: { "t3.large": 5 }, databases: {}, services: { gp3: 6 } },
      },
    }),
  );

  test("is the region's own where it is known", () => {
    expect(table.instance("t3.large", "eu-west-1")).toEqual({ dollars: 5, region: "eu-west-1" });
    expect(table.service("gp3", "eu-west-1")).toEqual({ dollars: 6, region: "eu-west-1" });
  });

  test("is the base region's where it is not, and says so", () => {
    expect(table.service("eks-cluster", "eu-west-1")).toEqual({ dollars: 3, region: "us-east-1" });
    expect(table.instance("t3.large", "xx-none-1")).toEqual({ dollars: 2, region: "us-east-1" });
    expect(table.instance("t3.large", "toString")).toEqual({ dollars: 2, region: "us-east-1" });
  });

  test("that nobody knows is an error with a remedy", () => {
    expect(() => table.service("s3", "eu-west-1")).toThrow('no price of "s3"; add it to us-east-1');
  });
});

test.each([
  ["a price of nothing", { "t3.large": 0 }],
  ["a price that is a text", { "t3.large": "0.1" }],
])("a list with %s is refused", (_, instances) => {
  const list = { ...priceTable.list, regions: { "us-east-1": { instances, databases: {}, services: {} } } };
  expect(priceListSchema.safeParse(list).success).toBe(false);
});

test("the list has a day, and every figure a source", () => {
  expect(priceTable.list.readOn).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(priceTable.list.sources.map(({ from }) => from.length)).not.toContain(0);
});

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { PricingClient } from "@aws-sdk/client-pricing";
import { type PriceList, priceListSchema, priceTable } from "../../constructs/contracts/price-table";
import { productsOf } from "../../cost/refresh/aws";
import { priceIn } from "../../cost/refresh/product";
import { type Query, queries } from "../../cost/refresh/queries";
import { refreshed } from "../../cost/refresh/refresh";
import { priceListFile, writePriceList } from "../../cost/refresh/write";
import { DeploymentError } from "../../deployment/errors";
import { priceApi, product } from "./price-api";

const client = (endpoint: string) =>
  new PricingClient({
    region: "us-east-1",
    endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
const nat: Query = {
  part: "services",
  name: "nat-gateway",
  serviceCode: "AmazonEC2",
  filters: { regionCode: "eu-west-1", productFamily: "NAT Gateway" },
  usage: "NatGateway-Hours",
};

describe("the price of a product", () => {
  const gateway = (usagetype: string, price: string) =>
    product("AmazonEC2", { productFamily: "NAT Gateway", usagetype, regionCode: "eu-west-1" }, { "0": price });

  test.each(["NatGateway-Hours", "EU-NatGateway-Hours", "USE1-NatGateway-Hours", "us-east-1-NatGateway-Hours"])(
    "is found as %s",
    (usage) => expect(priceIn([gateway(usage, "0.0480000000")], nat)).toBe(0.048),
  );

  test("is not that of another thing with a longer name", () => {
    const others = [
      "EU-RegionalNatGateway-Hours",
      "EU-NatGateway-Bytes",
      "TS-NatGateway-Hours",
      "EU-NatGateway-Prvd-Hours",
    ];
    expect(
      priceIn(
        others.map((usage) => gateway(usage, "9")),
        nat,
      ),
    ).toBeUndefined();
  });

  test("is that of the first amount that costs anything", () => {
    const tiers = product("AmazonEC2", { usagetype: "NatGateway-Hours" }, { "0": "0.0", "10": "0.5", "100": "0.25" });
    expect(priceIn([tiers], nat)).toBe(0.5);
  });

  test("is unknown where products that look the same have several", () => {
    expect(() => priceIn([gateway("EU-NatGateway-Hours", "1"), gateway("NatGateway-Hours", "2")], nat)).toThrow(
      "2 prices of nat-gateway: 1, 2",
    );
    expect(priceIn([gateway("EU-NatGateway-Hours", "1"), gateway("NatGateway-Hours", "1")], nat)).toBe(1);
  });

  test("is not read from a document of another form", () => {
    expect(() => priceIn(['{"product":{}}'], nat)).toThrow();
  });
});

test("every figure of the list is asked for, once, where it belongs", () => {
  const asked = queries("eu-west-1");
  const keys = asked.map(({ part, name }) => `${part}/${name}`);
  expect(new Set(keys).size).toBe(keys.length);
  for (const [part, prices] of Object.entries(priceTable.list.regions["us-east-1"] ?? {})) {
    for (const name of Object.keys(prices)) expect(keys).toContain(`${part}/${name}`);
  }
  const withoutRegion = asked.filter(({ filters }) => filters.regionCode !== "eu-west-1").map(({ name }) => name);
  expect(withoutRegion).toEqual(["hosted-zone"]);
});

describe("a list that is read anew from a price API, by the SDK over HTTP", () => {
  const old: PriceList = priceListSchema.parse({
    readOn: "2026-01-31",
    spotShare: 0.6,
    sources: [
      { of: "machines, and the share of spot", from: "a" },
      { of: "services", from: "b" },
    ],
    regions: {
      "us-east-1": { instances: { "t3.large": 1, "m5.large": 2 }, databases: {}, services: { gp3: 3 } },
      "eu-west-1": { instances: { "t3.large": 4 }, databases: {}, services: {} },
    },
  });
  const machine = (region: string, prefix: string, type: string, price: string) =>
    product(
      "AmazonEC2",
      {
        regionCode: region,
        instanceType: type,
        operatingSystem: "Linux",
        tenancy: "Shared",
        preInstalledSw: "NA",
        capacitystatus: "Used",
        usagetype: `${prefix}BoxUsage:${type}`,
      },
      { "0": price },
    );
  const products = [
    machine("us-east-1", "", "t3.large", "0.0832000000"),
    machine("eu-west-1", "EU-", "t3.large", "0.0912000000"),
    machine("eu-west-1", "EU-", "m6i.large", "0.1070000000"),
    product(
      "AmazonEC2",
      { regionCode: "us-east-1", volumeApiName: "gp3", usagetype: "EBS:VolumeUsage.gp3" },
      { "0": "3" },
    ),
    // Two of a kind, on two pages: the one that is meant is on the second.
    ...["TS-LoadBalancerUsage", "EU-LoadBalancerUsage"].map((usagetype) =>
      product("AWSELB", { regionCode: "eu-west-1", operation: "LoadBalancing:Network", usagetype }, { "0": "0.0252" }),
    ),
  ];

  test("has what the API has, keeps the rest, and says which is which", async () => {
    const api = await priceApi(products);
    try {
      const { list, changed, kept } = await refreshed(old, productsOf(client(api.endpoint)), "2026-12-01");
      expect(list.regions["us-east-1"]?.instances).toEqual({ "t3.large": 0.0832, "m5.large": 2 });
      expect(list.regions["eu-west-1"]).toEqual({
        instances: { "t3.large": 0.0912, "m6i.large": 0.107 },
        databases: {},
        services: { "network-load-balancer": 0.0252 },
      });
      expect(changed).toContainEqual({ region: "us-east-1", name: "t3.large", from: 1, to: 0.0832 });
      expect(changed).toContainEqual({ region: "eu-west-1", name: "m6i.large", from: undefined, to: 0.107 });
      expect(changed.map(({ name }) => name)).not.toContain("gp3");
      expect(kept).toEqual([{ region: "us-east-1", name: "m5.large" }]);
      // What stays has its day and its source; spot is in no price list.
      expect(list).toMatchObject({ readOn: "2026-01-31", spotShare: 0.6 });
      expect(list.sources.map(({ from }) => from)).toEqual(["the AWS price API", "a", "b"]);
      expect(list.sources[0]?.of).toContain("m5.large in us-east-1");
    } finally {
      await api.close();
    }
  });

  test("is of today when everything was there", async () => {
    const only = priceListSchema.parse({ ...old, regions: { "eu-west-1": old.regions["eu-west-1"] } });
    const api = await priceApi(products);
    try {
      const { list, kept } = await refreshed(only, productsOf(client(api.endpoint)), "2026-12-01");
      expect(kept).toEqual([]);
      expect(list.readOn).toBe("2026-12-01");
      expect(list.sources.map(({ from }) => from)).toEqual(["the AWS price API", "a"]);
    } finally {
      await api.close();
    }
  });

  test("cannot be had without a network, and says what it wants", async () => {
    const api = await priceApi([]);
    await api.close();
    const reading = refreshed(old, productsOf(client(api.endpoint)), "2026-12-01");
    await expect(reading).rejects.toThrow(DeploymentError);
    await expect(reading).rejects.toThrow(
      /did not answer: .*ECONNREFUSED.*credentials that may call pricing:GetProducts/,
    );
  });
});

test("a list is written as the one in the repository is", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-prices-"));
  try {
    const file = path.join(folder, "list.json");
    writePriceList(priceTable.list, file);
    expect(fs.readdirSync(folder)).toEqual(["list.json"]);
    expect(fs.readFileSync(file, "utf8")).toBe(fs.readFileSync(priceListFile, "utf8"));
    expect(priceListSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")))).toEqual(priceTable.list);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { costCommand } from "../../cli/cost";
import { priceTable } from "../../constructs/contracts/price-table";
import { priceListFile } from "../../cost/refresh/write";
import { inputs } from "../support/environments";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-cost-"));
const devFile = path.join(folder, "dev.json");
const before = { ...process.env };

beforeAll(() => {
  fs.writeFileSync(devFile, JSON.stringify(inputs.dev()));
  // A person without credentials of AWS.
  for (const name of Object.keys(process.env).filter((each) => each.startsWith("AWS_"))) delete process.env[name];
  Object.assign(process.env, {
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  });
});
afterAll(() => {
  process.env = before;
  fs.rmSync(folder, { recursive: true });
});

/** What the command prints. */
async function cost(...args: string[]): Promise<string> {
  const log = jest.spyOn(console, "log").mockImplementation(() => {});
  const command = costCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    await command.parseAsync(args, { from: "user" });
    return log.mock.calls.flat().join("\n");
  } finally {
    log.mockRestore();
  }
}

test("a bill says its region, its day, its sources, and what is not in it", async () => {
  const stdout = await cost(devFile, "--users", "7");
  expect(stdout).toContain("dev in eu-west-1, dollars a month of 730 hours");
  expect(stdout).toContain("For each of 7 people");
  expect(stdout).toContain(priceTable.list.readOn);
  for (const { of } of priceTable.list.sources) expect(stdout).toContain(of);
  expect(stdout).toMatch(/Not in it: taxes/);
  expect(stdout).toMatch(/^keycloak +0\.\d\d +0\.\d\d /m);
});

test("as JSON it has what each part of the foundation asks of the nodes", async () => {
  const { foundation } = JSON.parse(await cost(devFile, "--json")) as {
    foundation: { parts: { part: string; own: number; nodes: number }[] };
  };
  const edge = foundation.parts.find(({ part }) => part === "envoy-gateway");
  expect(edge?.own).toBeGreaterThan(0);
  expect(edge?.nodes).toBeGreaterThan(0);
});

test("as JSON, side by side, it is data", async () => {
  const stdout = await cost("--compare", "dev,prod", "--json", "--users", "3", "--data-gb", "10");
  const statements = JSON.parse(stdout) as { environment: string; usage: unknown; total: { idle: number } }[];
  expect(statements.map(({ environment }) => environment)).toEqual(["dev", "prod"]);
  expect(statements[0]?.usage).toEqual({ users: 3, notebookHours: 80, gpuHours: 20, trainingHours: 40, dataGb: 10 });
  expect(statements[0]?.total.idle).toBeLessThan(statements[1]?.total.idle as number);
});

test("the environment that is named is one of those that are compared, once", async () => {
  const compared = async (...args: string[]) =>
    (JSON.parse(await cost(...args, "--json")) as { environment: string }[]).map(({ environment }) => environment);
  expect(await compared("dev", "--compare", "prod")).toEqual(["dev", "prod"]);
  expect(await compared("dev", "--compare", "dev,prod")).toEqual(["dev", "prod"]);
});

test("refresh without credentials fails with a remedy and leaves the list alone", async () => {
  jest.spyOn(console, "error").mockImplementation(() => {});
  const list = fs.readFileSync(priceListFile, "utf8");
  await expect(cost("--refresh")).rejects.toThrow(
    /^The AWS price API did not answer: .*credentials that may call pricing:GetProducts/,
  );
  expect(fs.readFileSync(priceListFile, "utf8")).toBe(list);
});

test.each([
  [["existing"], 'The environment "existing" makes nothing in AWS'],
  [[], "Name an environment"],
  [["dev", "--users", "1.5"], '"1.5" is no number of people'],
  [["dev", "--notebook-hours", "800"], "a month has 730 hours"],
  [["dev", "--gpu-hours=-1"], '"-1" is not an amount'],
])("%j is refused", async (args, text) => {
  await expect(cost(...args)).rejects.toThrow(text);
});

import fc from "fast-check";
import type { NewNetwork } from "../../constructs/contracts/aws-network";
import { type AwsNodes, nodesSchema } from "../../constructs/contracts/aws-nodes";
import { type Billed, bill } from "../../cost/bill";
import { monthly, total } from "../../cost/line";
import { comparisonText } from "../../cost/print";
import { statement } from "../../cost/statement";
import { cheap, devWith } from "./environments";

const base = devWith(cheap);
const group = (type: string, spot: boolean, min: number, max: number) => ({ instanceTypes: [type], spot, min, max });

/** Environments that differ in everything that is billed. */
const environments: fc.Arbitrary<Billed> = fc
  .record({
    region: fc.constantFrom("eu-west-1", "us-east-1", "eu-central-1", "ap-southeast-2"),
    egress: fc.constantFrom<NewNetwork["egress"]>(
      { mode: "nat-instance" },
      { mode: "nat-gateway", perZone: true },
      { mode: "nat-gateway", perZone: false },
      { mode: "none" },
    ),
    zones: fc.constantFrom<AwsNodes["zones"]>(1, 2, 3),
    type: fc.constantFrom("t3.large", "m6i.xlarge", "m7i.large"),
    spot: fc.boolean(),
    min: fc.integer({ min: 0, max: 3 }),
    max: fc.integer({ min: 3, max: 9 }),
    gpu: fc.constantFrom<AwsNodes["gpu"]>(
      [],
      nodesSchema.shape.gpu.parse([{ name: "gpu", instanceTypes: ["g4dn.xlarge"], max: 2 }]),
    ),
    multiZone: fc.boolean(),
    homes: fc.constantFrom<Billed["homes"]>("ebs", "efs"),
    domain: fc.constantFrom<Billed["domain"]>(base.domain, { mode: "none" }),
    schedule: fc.constantFrom(base.schedule, undefined),
  })
  .map(({ egress, zones, type, spot, min, max, gpu, multiZone, ...rest }) => ({
    ...base,
    ...rest,
    network: { mode: "new", cidr: "10.10.0.0/16", zones: 3, egress, reserved: [] },
    nodes: { mode: "groups", zones, system: group(type, spot, 1, 2), general: group(type, spot, min, max), gpu },
    database: { ...base.database, multiZone },
  }));
const usages = fc.record({
  users: fc.integer({ min: 0, max: 60 }),
  notebookHours: fc.integer({ min: 0, max: 730 }),
  gpuHours: fc.integer({ min: 0, max: 500 }),
  trainingHours: fc.integer({ min: 0, max: 500 }),
  dataGb: fc.integer({ min: 0, max: 5000 }),
});
const runs = { numRuns: 100 };
const cents = (amount: number) => Math.round(amount * 1e6) / 1e6;
const more = (environment: Billed, group: "system" | "general") => ({
  ...environment,
  nodes: {
    ...environment.nodes,
    [group]: { ...environment.nodes[group], min: environment.nodes[group].min + 1, max: 20 },
  },
});

test("no line is negative, and a team costs no less than nobody, line by line", () =>
  fc.assert(
    fc.property(environments, usages, (environment, usage) => {
      for (const line of bill({ environment, usage })) {
        expect(line.unitPrice).toBeGreaterThan(0);
        expect(monthly(line, "idle")).toBeGreaterThanOrEqual(0);
        expect(monthly(line, "inUse")).toBeGreaterThanOrEqual(monthly(line, "idle"));
      }
    }),
    runs,
  ));

test.each(["users", "notebookHours", "gpuHours", "trainingHours", "dataGb"] as const)(
  "more %s never cost less",
  (what) =>
    fc.assert(
      fc.property(environments, usages, fc.integer({ min: 1, max: 50 }), (environment, usage, extra) => {
        const grown = {
          ...usage,
          [what]: what === "notebookHours" ? Math.min(730, usage[what] + extra) : usage[what] + extra,
        };
        const [before, after] = [usage, grown].map((each) => cents(total(bill({ environment, usage: each }), "inUse")));
        expect(after).toBeGreaterThanOrEqual(before as number);
        // What nobody does yet changes nothing while nobody does it.
        expect(total(bill({ environment, usage: grown }), "idle")).toBe(total(bill({ environment, usage }), "idle"));
      }),
      runs,
    ),
);

test.each(["system", "general"] as const)(
  "another %s node that stays costs more when idle, and no less in use",
  (group) =>
    fc.assert(
      fc.property(environments, usages, (environment, usage) => {
        const grown = more(environment, group);
        expect(total(bill({ environment: grown, usage }), "idle")).toBeGreaterThan(
          total(bill({ environment, usage }), "idle"),
        );
        if (usage.notebookHours > 0) return;
        expect(total(bill({ environment: grown, usage }), "inUse")).toBeGreaterThan(
          total(bill({ environment, usage }), "inUse"),
        );
      }),
      runs,
    ),
);

test("a schedule never costs more than none", () =>
  fc.assert(
    fc.property(environments, usages, (environment, usage) => {
      const { total: sum, alwaysOn } = statement({ environment, usage });
      expect(cents(sum.idle)).toBeLessThanOrEqual(cents(alwaysOn.idle));
      expect(cents(sum.inUse)).toBeLessThanOrEqual(cents(alwaysOn.inUse));
    }),
    runs,
  ));

test("an environment beside itself differs by nothing", () =>
  fc.assert(
    fc.property(environments, usages, (environment, usage) => {
      const one = statement({ environment, usage });
      const line = comparisonText([one, one])
        .split("\n")
        .find((each) => each.startsWith("more than"));
      expect(line?.split(/\s{2,}/).slice(1)).toEqual(["0.00", "0.00", "0.00", "0.00"]);
    }),
    runs,
  ));

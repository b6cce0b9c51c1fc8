import fc from "fast-check";
import { InvalidInputError } from "../../constructs/contracts/problems";
import { violations } from "../aws/invariants";
import { synthesizeStacks } from "../support/synth";

// Mostly good parts with some bad among them: whole environments of either kind come up often.
const often = (good: fc.Arbitrary<unknown>, bad: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: good, weight: 25 }, { arbitrary: bad, weight: 1 });
const among = (...values: unknown[]) => fc.constantFrom(...values);
const size = { min: fc.integer({ min: 0, max: 3 }), max: often(fc.integer({ min: 3, max: 9 }), among(0, 1)) };
const group = (...types: string[]) =>
  fc.record(
    { instanceType: often(among(...types), among("m99.huge", "t4g.large", 7)), ...size, spot: fc.boolean() },
    { requiredKeys: ["instanceType", "min", "max"] },
  );
const octet = fc.integer({ min: 0, max: 255 });
const block = often(
  fc.tuple(octet, fc.integer({ min: 16, max: 20 })).map(([second, prefix]) => `10.${second}.0.0/${prefix}`),
  among("10.0.0.1/16", "8.8.0.0/16", "172.20.0.0/16", "", 5),
);
const profiles = fc
  .array(
    fc.record({
      cpu: fc.integer({ min: 1, max: 4 }),
      memoryGiB: fc.integer({ min: 1, max: 16 }),
      gpus: often(among(0), among(1, 2)),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((all) => all.map((profile, index) => ({ name: `size-${index}`, ...profile })));
const components = fc
  .record({
    profiles,
    replicas: fc.integer({ min: 1, max: 3 }),
    idleMinutes: often(fc.integer({ min: 5, max: 100 }), among(0, "soon")),
    left: often(fc.constant(-1), fc.integer({ min: 0, max: 4 })),
    order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
  })
  .map(({ left, order, ...options }) => {
    const all = [
      { tool: "jupyterhub", profiles: options.profiles },
      { tool: "mlflow", replicas: options.replicas },
      { tool: "prefect" },
      { tool: "dask-gateway", idleMinutes: options.idleMinutes },
      { tool: "seldon" },
    ];
    return order.filter((index) => index !== left).map((index) => all[index]);
  });
const environment = fc.record({
  name: often(fc.stringMatching(/^[a-z][a-z0-9-]{1,12}[a-z0-9]$/), among("X", "a name", 5)),
  place: often(among("aws"), among("moon")),
  region: often(among("eu-west-1", "us-east-1", "ap-southeast-2", "us-gov-west-1"), among("europe")),
  network: fc.record({
    cidr: block,
    zones: often(among(2, 3), among(1)),
    natGateways: among("single", "per-zone"),
    reserved: fc.array(block, { maxLength: 1 }),
  }),
  kubernetes: fc.record({
    version: often(among("1.34", "1.35", "1.36"), among("1.20")),
    admins: fc.uniqueArray(among("arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:user/b/c@d"), {
      minLength: 1,
    }),
    publicAccess: fc.array(often(among("203.0.113.0/24"), among("0.0.0.0/0")), { maxLength: 2 }),
  }),
  nodes: fc.record({
    system: group("t3.large", "m6i.large"),
    general: group("m6i.xlarge", "m6i.2xlarge"),
    gpu: fc.oneof(
      fc.constant({ mode: "none" }),
      group("g4dn.xlarge", "g6.xlarge").map((gpu) => ({ mode: "pool", ...gpu })),
    ),
  }),
  database: fc.record({
    instanceClass: among("db.t4g.micro", "db.t4g.medium"),
    storageGiB: often(fc.integer({ min: 20, max: 500 }), among(1)),
    multiZone: fc.boolean(),
    backupDays: fc.integer({ min: 1, max: 35 }),
  }),
  protect: fc.boolean(),
  state: among({ mode: "local" }, { mode: "s3", bucket: "some-bucket", region: "eu-west-1" }),
  images: fc.constant({ toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" }),
  components,
});

test("an environment is either refused with reasons, or becomes stacks in which nothing is open", () => {
  const seen = { refused: 0, synthesized: 0 };
  fc.assert(
    fc.property(environment, (input) => {
      let stacks: ReturnType<typeof synthesizeStacks>;
      try {
        stacks = synthesizeStacks([input]);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        expect(error.problems.length).toBeGreaterThan(0);
        expect(new Set(error.problems).size).toBe(error.problems.length);
        for (const problem of error.problems) expect(problem).toMatch(/; ./);
        seen.refused += 1;
        return;
      }
      const cluster = stacks[`${input.name}-cluster`];
      if (!cluster) throw new Error("no cluster stack");
      expect(violations(cluster)).toEqual([]);
      seen.synthesized += 1;
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 14), seed: 20, endOnFailure: true },
  );
  // A property that only ever saw one kind would say nothing about the other.
  expect(seen.refused).toBeGreaterThan(2);
  expect(seen.synthesized).toBeGreaterThan(2);
}, 600_000);

import fc from "fast-check";
import { InvalidInputError } from "../../constructs/contracts/problems";
import { violations } from "../aws/invariants";
import { synthesizeStacks } from "../support/synth";

// Mostly good parts with some bad among them: whole environments of either kind come up often.
const often = (good: fc.Arbitrary<unknown>, bad: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: good, weight: 25 }, { arbitrary: bad, weight: 1 });
const among = (...values: unknown[]) => fc.constantFrom(...values);
const size = { min: fc.integer({ min: 0, max: 3 }), max: often(fc.integer({ min: 3, max: 9 }), among(0, 1)) };
const types = (...good: string[]) =>
  often(fc.uniqueArray(among(...good), { minLength: 1 }), among([], ["m99.huge"], ["t4g.large"], ["t3.large", 7]));
const group = (...good: string[]) =>
  fc.record(
    { instanceTypes: types(...good), ...size, spot: fc.boolean() },
    { requiredKeys: ["instanceTypes", "min", "max"] },
  );
const gpuGroup = fc.record(
  {
    name: fc.constant("gpu"),
    instanceTypes: types("g4dn.xlarge", "g6.xlarge"),
    ...size,
    spot: fc.boolean(),
    image: among("bottlerocket", "al2023"),
    sharedBy: often(fc.integer({ min: 1, max: 4 }), among(0)),
    reservationId: often(among("cr-0123456789abcdef0"), among("mine")),
  },
  { requiredKeys: ["name", "instanceTypes", "max"] },
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
const onAws = fc.record({
  name: often(fc.stringMatching(/^[a-z][a-z0-9-]{1,12}[a-z0-9]$/), among("X", "a name", 5)),
  place: often(among("aws"), among("moon")),
  region: often(among("eu-west-1", "us-east-1", "ap-southeast-2", "us-gov-west-1"), among("europe")),
  network: fc.record({
    mode: fc.constant("new"),
    cidr: block,
    zones: often(among(2, 3), among(1)),
    egress: among({ mode: "nat-gateway" }, { mode: "nat-gateway", perZone: true }),
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
    mode: fc.constant("groups"),
    zones: often(among(1, 2), among(3)),
    gpu: fc.array(gpuGroup, { maxLength: 1 }),
  }),
  database: fc.record({
    instanceClass: among("db.t4g.micro", "db.t4g.medium"),
    storageGiB: often(fc.integer({ min: 20, max: 500 }), among(1)),
    multiZone: fc.boolean(),
    backupDays: fc.integer({ min: 1, max: 35 }),
  }),
  protect: fc.boolean(),
  state: among({ mode: "local" }, { mode: "s3", bucket: "some-bucket", region: "eu-west-1" }),
  images: fc.constant({ mode: "given", toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" }),
  components,
});

const secret = fc.constant({ namespace: "keys", name: "a" });
const accounts = ["mlflow/mlflow", "jupyterhub/jupyter-user", "prefect/flow-run", "dask-gateway/dask-worker"];
const byAccount = (value: fc.Arbitrary<unknown>) =>
  often(
    fc.tuple(...accounts.map(() => value)).map((all) => Object.fromEntries(accounts.map((key, n) => [key, all[n]]))),
    among({}, { "mlflow/other": "x" }),
  );
const storageGiB = often(fc.integer({ min: 1, max: 500 }), among(0, 1.5));
const inExisting = fc.record(
  {
    name: fc.stringMatching(/^[a-z][a-z0-9-]{1,12}[a-z0-9]$/),
    place: fc.constant("existing"),
    context: often(among("kind-a", "arn:aws:eks:eu-west-1:111122223333:cluster/a"), among("", 5)),
    kubeconfig: among("~/.kube/other", "/etc/kubeconfig"),
    size: often(among("kind", "team"), among("large")),
    storageClass: often(among("standard", "fast.ssd"), among("Fast One")),
    objectStore: fc.oneof(
      fc.record({ mode: fc.constant("seaweedfs"), storageGiB }),
      fc.record(
        {
          mode: fc.constant("s3"),
          endpoint: often(among("https://s3.example", "http://10.0.0.7:9000"), among("s3.example")),
          region: fc.constant("us-east-1"),
          buckets: often(
            fc.constant({ data: "a-data", "mlflow/artifacts": "some.artifacts" }),
            among({}, { data: "A" }),
          ),
          identities: fc.oneof(
            fc.record({ mode: fc.constant("secrets"), secrets: byAccount(secret) }),
            fc.record({ mode: fc.constant("irsa"), roles: byAccount(fc.constant("arn:aws:iam::111122223333:role/a")) }),
            fc.record({ mode: fc.constant("workload-identity") }),
          ),
        },
        { requiredKeys: ["mode", "region", "buckets", "identities"] },
      ),
    ),
    database: fc.oneof(
      fc.record({ mode: fc.constant("cloudnative-pg"), instances: fc.integer({ min: 1, max: 3 }), storageGiB }),
      fc.record(
        {
          mode: fc.constant("postgres"),
          host: often(among("db.example", "10.0.0.8"), among("postgres://db")),
          admin: secret,
          tls: among("require", "prefer", "disable"),
        },
        { requiredKeys: ["mode", "host", "admin"] },
      ),
    ),
    entry: fc.oneof(
      among({ mode: "port-forward" }, { mode: "node-port" }),
      fc.record({
        mode: fc.constant("load-balancer"),
        from: fc.array(often(among("10.0.0.0/8", "192.168.1.0/24"), among("0.0.0.0/0")), {
          minLength: 1,
          maxLength: 2,
        }),
      }),
    ),
    gpu: among({ mode: "none" }, { mode: "nodes", perNode: 2 }),
    mirror: fc.record(
      {
        charts: among({ mode: "repository", url: "oci://mirror.example/charts" }),
        images: often(among("mirror.example:5000", "mirror.example/a/b"), among("https://mirror.example")),
      },
      { requiredKeys: [] },
    ),
    state: fc.constant({ mode: "local" }),
    images: fc.constant({ toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" }),
    components,
  },
  {
    requiredKeys: [
      ...["name", "place", "context", "size", "storageClass", "objectStore", "database", "entry", "gpu", "state"],
      ...["images", "components"],
    ] as never,
  },
);

test.each([
  ["on AWS", onAws, "cluster"],
  ["in a cluster that exists", inExisting, "platform"],
])(
  "an environment %s is refused with reasons, or becomes stacks in which nothing is open",
  (_, arbitrary, stackName) => {
    const seen = { refused: 0, synthesized: 0 };
    const environment = arbitrary as fc.Arbitrary<{ name: string }>;
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
        const stack = stacks[`${input.name}-${stackName}`];
        if (!stack) throw new Error(`no ${stackName} stack`);
        if (stackName === "cluster") expect(violations(stack)).toEqual([]);
        else expect(Object.keys(stack.terraform.required_providers).sort()).toEqual(["helm", "kubernetes"]);
        seen.synthesized += 1;
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 14), seed: 20, endOnFailure: true },
    );
    // A property that only ever saw one kind would say nothing about the other.
    expect(seen.refused).toBeGreaterThan(2);
    expect(seen.synthesized).toBeGreaterThan(2);
  },
  600_000,
);

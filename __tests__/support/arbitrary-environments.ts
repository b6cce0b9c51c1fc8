import fc from "fast-check";
import { among, components, identity, often, withFittingIdentity } from "./arbitrary-parts";

// Mostly good parts with some bad among them: whole environments of either kind come up often.
const size = { min: fc.integer({ min: 0, max: 3 }), max: often(fc.integer({ min: 3, max: 9 }), among(0, 1)) };
const types = (...good: string[]) =>
  often(fc.uniqueArray(among(...good), { minLength: 1 }), among([], ["m99.huge"], ["t4g.large"], ["t3.large", 7]));
const group = (...good: string[]) =>
  fc.record(
    { instanceTypes: types(...good), ...size, spot: fc.boolean() },
    { requiredKeys: ["instanceTypes", "min", "max"] },
  );
/** Nodes that must be there from the beginning. */
const staying = (...good: string[]) =>
  fc.tuple(group(...good), often(fc.integer({ min: 1, max: 3 }), among(0))).map(([given, min]) => ({ ...given, min }));
const gpuGroup = fc
  .record(
    {
      name: often(among("gpu", "training", "shared"), among("system", "GPU")),
      instanceTypes: types("g4dn.xlarge", "g6.xlarge"),
      min: often(among(0), among(1)),
      max: size.max,
      spot: fc.boolean(),
      image: among("bottlerocket", "al2023"),
      sharedBy: often(fc.integer({ min: 1, max: 4 }), among(0)),
      reservationId: often(among("cr-0123456789abcdef0"), among("mine")),
    },
    { requiredKeys: ["name", "instanceTypes", "max"] },
  )
  .map(({ spot, ...given }) => (given.reservationId === undefined ? { ...given, spot } : given));
const octet = fc.integer({ min: 0, max: 255 });
const block = often(
  fc.tuple(octet, fc.integer({ min: 16, max: 20 })).map(([second, prefix]) => `10.${second}.0.0/${prefix}`),
  among("10.0.0.1/16", "8.8.0.0/16", "172.20.0.0/16", "", 5),
);
const egress = fc.oneof(
  {
    arbitrary: among({ mode: "nat-gateway" }, { mode: "nat-gateway", perZone: true }, { mode: "nat-instance" }),
    weight: 6,
  },
  { arbitrary: among({ mode: "none" }), weight: 1 },
);
const subnets = (count: number) => Array.from({ length: count }, (_, n) => `subnet-0123456789abcde${n}`);
const network = fc.oneof(
  fc.record(
    {
      mode: fc.constant("new"),
      cidr: block,
      zones: often(among(2, 3), among(1)),
      egress: often(egress, among({ mode: "tunnel" })),
      reserved: fc.array(block, { maxLength: 1 }),
    },
    { requiredKeys: ["mode", "cidr", "zones", "egress"] },
  ),
  fc.record(
    {
      mode: fc.constant("existing"),
      vpcId: often(among("vpc-0123456789abcdef0"), among("my-vpc")),
      cidr: block,
      privateSubnetIds: often(among(subnets(2), subnets(3)), among(subnets(1), ["a", "b"])),
      publicSubnetIds: often(among(subnets(2)), among([])),
      databaseSubnetIds: among(subnets(2)),
    },
    { requiredKeys: ["mode", "vpcId", "cidr", "privateSubnetIds", "publicSubnetIds"] },
  ),
);
const secretArn = (name: string) =>
  `arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/${name}-a1b2c3`;
const images = fc.oneof(
  among({ mode: "given", toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" }),
  fc.record(
    {
      mode: fc.constant("build"),
      pullThrough: fc.record(
        { dockerHub: often(among(secretArn("docker")), among("hub")), github: among(secretArn("github")) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ["mode"] },
  ),
);

/** The parts of most environments must fit each other, or hardly one would come further than validation. */
function fitting<T extends object>(environment: T): unknown {
  const { nodes, images, mirror, schedule, domain, ...rest } = structuredClone(environment) as Record<
    string,
    unknown
  > & {
    network: { egress?: { mode: unknown } };
    nodes: { mode: unknown; general: { min?: number }; gpu: { min?: number }[] };
    images: { pullThrough?: unknown };
  };
  const isKarpenter = nodes.mode === "karpenter";
  if (isKarpenter) for (const group of [nodes.general, ...nodes.gpu]) group.min = 0;
  return {
    ...rest,
    nodes,
    images,
    ...(domain && rest.network.egress?.mode !== "none" ? { domain } : {}),
    ...(mirror && !images.pullThrough ? { mirror } : {}),
    ...(schedule && !isKarpenter ? { schedule } : {}),
  };
}

/** Environments on AWS: every part of the schema with good values and with bad ones. */
export const onAws = withFittingIdentity(
  fc
    .tuple(
      often(among(true), among(false)),
      fc.record(
        {
          name: often(fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){1,2}$/), among("X", "a name", "a-", 5)),
          place: often(among("aws"), among("moon")),
          region: often(among("eu-west-1", "us-east-1", "ap-southeast-2", "us-gov-west-1"), among("europe")),
          network,
          kubernetes: fc.record({
            version: often(among("1.34", "1.35", "1.36"), among("1.20")),
            admins: fc.uniqueArray(among("arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:user/b/c@d"), {
              minLength: 1,
            }),
            publicAccess: fc.array(often(among("203.0.113.0/24"), among("0.0.0.0/0")), { maxLength: 2 }),
          }),
          nodes: fc.record({
            mode: often(among("groups", "karpenter"), among("none")),
            zones: often(among(1, 2), among(3)),
            system: staying("t3.large", "m6i.large"),
            general: group("m6i.xlarge", "m6i.2xlarge"),
            gpu: fc.uniqueArray(gpuGroup, { maxLength: 2, selector: (each) => each.name }),
          }),
          database: fc.record({
            instanceClass: among("db.t4g.micro", "db.t4g.medium"),
            storageGiB: often(fc.integer({ min: 20, max: 500 }), among(1)),
            multiZone: fc.boolean(),
            backupDays: fc.integer({ min: 1, max: 35 }),
          }),
          homes: among("ebs", "efs"),
          identity,
          domain: fc.oneof(
            fc.constant({ mode: "none" }),
            fc.record({
              mode: fc.constant("route53"),
              name: often(among("mlops.example.com"), among("localhost")),
              zone: among("find", "make"),
              from: fc.array(often(among("203.0.113.0/24"), among("0.0.0.0/0")), { minLength: 1, maxLength: 2 }),
            }),
          ),
          protect: fc.boolean(),
          budget: fc.record({
            monthly: often(fc.integer({ min: 1, max: 9999 }), among(0)),
            emails: often(among(["platform@example.com"]), among([], ["me"])),
          }),
          schedule: fc.record({
            days: often(among(["MON", "FRI"], ["SUN"]), among([], ["Monday"])),
            from: often(among("07:00"), among("7", "23:00")),
            until: often(among("19:30"), among("24:00")),
            timezone: often(among("Europe/Dublin", "UTC"), among("Dublin")),
          }),
          state: among(
            { mode: "local" },
            { mode: "s3", bucket: "some-bucket", region: "eu-west-1" },
            { mode: "s3", bucket: "some-bucket", region: "eu-west-1", make: true },
          ),
          images,
          mirror: among({ images: "mirror.example/a" }),
          components,
        },
        {
          requiredKeys: [
            ...(["name", "place", "region", "network", "kubernetes", "nodes", "database", "protect", "state"] as const),
            ...(["images", "components"] as const),
          ],
        },
      ),
    )
    .map(([fits, environment]) => (fits ? fitting(environment) : environment)),
  "domain",
);

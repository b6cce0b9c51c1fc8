import { awsSchema } from "../../constructs/contracts/environment";
import type { Needs } from "../../constructs/contracts/needs";
import { ClusterStack } from "../../stacks/cluster-stack";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeApp } from "../support/synth";
import { rightsOfRoles, violations } from "./invariants";

/** A cluster for components that exist nowhere: all it knows of them is names and needs. */
function clusterFor(needs: Readonly<Record<string, Needs>>, input: unknown = inputs.dev()) {
  const parts = Object.entries(needs).map(([name, each]) => ({ name, needs: each }));
  const found: { stack?: ClusterStack } = {};
  const { test: json } = synthesizeApp((app) => {
    found.stack = new ClusterStack(app, "test", { environment: awsSchema.parse(input), parts });
  });
  if (!json || !found.stack) throw new Error("no stack");
  return { json, profile: found.stack.profile };
}

const account = (name: string, ...buckets: string[]) => ({ name, buckets });

test("each component gets its own buckets, and its accounts reach those they were given", () => {
  const { profile, json } = clusterFor({
    alpha: { buckets: ["one", "two"], serviceAccounts: [account("reader", "one"), account("idle")] },
    beta: { buckets: ["one"], serviceAccounts: [account("both", "one", "data")] },
  });
  expect(Object.keys(resourcesOfType(json, "aws_s3_bucket"))).toEqual([
    "buckets/alpha-one/bucket",
    "buckets/alpha-two/bucket",
    "buckets/beta-one/bucket",
    "buckets/data/bucket",
    "images/source/bucket",
  ]);
  const reached = (role: string) => [
    ...new Set(
      [...JSON.stringify(rightsOfRoles(json)[role]).matchAll(/buckets_([\w-]+)_bucket/g)].map(([, name]) => name),
    ),
  ];
  expect(reached("identity-alpha-reader")).toEqual(["alpha-one"]);
  expect(reached("identity-beta-both")).toEqual(["beta-one", "data"]);
  // What needs nothing has no identity to misuse.
  expect(rightsOfRoles(json)).not.toHaveProperty("identity-alpha-idle");
  expect(violations(json)).toEqual([]);
  expect(profile.bucket("one", "alpha").name).not.toBe(profile.bucket("one", "beta").name);
  expect(() => profile.bucket("three", "alpha")).toThrow('alpha has no bucket "three"; declare it in needs.buckets');
});

test("without a need there is no database", () => {
  const { profile, json } = clusterFor({ alpha: {} });
  expect(resourcesOfType(json, "aws_db_instance")).toEqual({});
  expect(profile.databaseAdmin).toBeUndefined();
  expect(() => profile.database("alpha")).toThrow("alpha asks for a database");
});

test("a component's database and user have a name that SQL need not quote", () => {
  const { profile } = clusterFor({ "alpha-beta": { database: true } });
  expect(profile.database("alpha-beta")).toMatchObject({ port: 5432, name: "alpha_beta", user: "alpha_beta" });
  expect(profile.databaseAdmin).toMatchObject({ serviceAccount: "databases", region: "eu-west-1" });
});

test("people sign in by a command, never by a token", () => {
  const { connection } = clusterFor({}).profile;
  expect(connection).toMatchObject({
    signIn: "exec",
    exec: {
      command: "aws",
      args: ["eks", "get-token", "--cluster-name", "open-mlops-dev", "--region", "eu-west-1"],
    },
  });
});

test("an image's tag is what follows the last colon", () => {
  const [toolbox, serving] = ["registry.example:5000/team/toolbox:1.2", "registry.example/serving:1"];
  const { profile } = clusterFor({}, changed(inputs.dev(), "images", { mode: "given", toolbox, serving }));
  expect(profile.images.toolbox).toEqual({ repository: "registry.example:5000/team/toolbox", tag: "1.2" });
});

test("the class that volumes use is encrypted, and volumes stay where the environment is protected", () => {
  const classOf = (reclaimPolicy: string) => ({
    name: "gp3",
    create: { provisioner: "ebs.csi.aws.com", parameters: { type: "gp3", encrypted: "true" }, reclaimPolicy },
  });
  const dev = clusterFor({}).profile;
  expect([dev.storageClass, dev.homes]).toEqual([classOf("Delete"), classOf("Delete")]);
  expect(clusterFor({}, inputs.prod()).profile.storageClass).toEqual(classOf("Retain"));
});

test("GPU nodes are described where there are some", () => {
  expect(clusterFor({}).profile.gpu).toBeUndefined();
  expect(clusterFor({}, inputs.prod()).profile.gpu).toEqual({
    perNode: 1,
    resource: "nvidia.com/gpu",
    nodeSelector: { "k8s.amazonaws.com/accelerator": "nvidia" },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  });
});

test.each(["groups", "karpenter"])(
  "names stay within AWS's limits for the longest environment, with nodes as %s",
  (mode) => {
    let longest = changed(changed(inputs.dev(), "name", "abcdefghijklmno"), "nodes.mode", mode);
    if (mode === "karpenter") longest = changed(longest, "schedule", undefined);
    const { json } = clusterFor(
      {
        "a-component-with-a-long-name": {
          buckets: ["a-bucket-with-a-long-name"],
          serviceAccounts: [account("a-service-account-with-a-long-name", "a-bucket-with-a-long-name")],
        },
      },
      longest,
    );
    expect(violations(json)).toEqual([]);
  },
);

describe("what must never be is noticed", () => {
  const { json } = clusterFor({});
  test.each<[string, string, Record<string, unknown>]>([
    ["has a name of more than 64 characters", "aws_iam_role", { name: `${"x".repeat(53)}\${data.account.id}` }],
    ["is public", "aws_db_instance", { publicly_accessible: true }],
    ["is open to addresses", "aws_vpc_security_group_ingress_rule", { cidr_ipv4: "0.0.0.0/0" }],
    ["has rules of its own", "aws_security_group", { ingress: [{ cidr_blocks: ["0.0.0.0/0"] }] }],
    ["gives public addresses", "aws_subnet", { map_public_ip_on_launch: true }],
    ["is not encrypted", "aws_launch_template", { block_device_mappings: [{ ebs: {} }] }],
    ["is open to addresses", "aws_vpc_security_group_ingress_rule", { cidr_ipv4: "8.0.0.0/8" }],
    ["lends its role to pods", "aws_launch_template", { block_device_mappings: [], metadata_options: {} }],
    ["is not encrypted", "aws_sqs_queue", {}],
    ["is open to everyone", "aws_eks_cluster", { vpc_config: { public_access_cidrs: ["0.0.0.0/0"] } }],
    ["is kept for ever, or readable", "aws_cloudwatch_log_group", {}],
    ["has no aws_s3_bucket_policy", "aws_s3_bucket", {}],
    [
      "has a wildcard",
      "aws_iam_role_policy",
      { policy: '{"Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["x"]}]}' },
    ],
    [
      "has a wildcard",
      "aws_iam_role_policy",
      {
        policy:
          '{"Statement":[{"Effect":"Allow","Action":["ec2:DescribeSubnets","ec2:RunInstances"],"Resource":["*"]}]}',
      },
    ],
    [
      "has a wildcard",
      "aws_iam_role_policy",
      { policy: '{"Statement":[{"Effect":"Allow","Action":["ec2:Describe*"],"Resource":["*"]}]}' },
    ],
  ])("%s", (words, type, attributes) => {
    const bad = { "//": { metadata: { path: "test/cluster/bad/role/policy" } }, ...attributes };
    const broken = { ...json, resource: { ...json.resource, [type]: { bad } } } as unknown as StackJson;
    expect(violations(broken)).toContainEqual(expect.stringMatching(new RegExp(`^bad.* ${words}$`)));
  });
});

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { DescribeSecurityGroupsCommand, DescribeSubnetsCommand, DescribeVolumesCommand } from "@aws-sdk/client-ec2";
import { CreateClusterCommand, DeleteClusterCommand } from "@aws-sdk/client-eks";
import type { AwsEnvironment } from "../../constructs/contracts/aws-environment";
import { Leaving } from "../../deployment/aws/leave";
import type { AwsLeftover } from "../../deployment/aws/leftover";
import { findAwsLeftovers, leftoverKinds } from "../../deployment/aws/leftovers";
import { type AwsPlace, awsPlace } from "../../deployment/aws/place";
import { standingOf } from "../../deployment/aws/standing";
import { removable, sweep } from "../../deployment/aws/sweep";
import { Board } from "../../deployment/board";
import { type ClusterEnvironment, readEnvironment } from "../../deployment/synthesize";
import { runCommand } from "../../lab/run-command";
import { type Emulator, startEmulator } from "../../rehearsal/emulator";
import { changed, inputs } from "../support/environments";
import { leaveEverything, makersOfNobody, tagsOfMakers } from "./leftover-fixtures";

/** What destroy cannot see, left in an AWS of this machine's own by everybody who makes it. Each test goes on from the one before. */

const region = "eu-west-1";
const place = (name: string) => awsPlace({ name, region, state: { mode: "local" } });
const options = () => ({ board: new Board(), patience: 3_000, pause: 50 });
let emulator: Emulator;
let dev: AwsPlace;
let other: AwsPlace;
let ofOther: readonly string[];
let ofNobody: readonly string[];

const ids = async (where: AwsPlace) => (await findAwsLeftovers(where)).map(({ id }) => id).sort();
/** Everything that any kind of leftover could be made of, whoever's it is. */
const everything = async () => {
  const { SecurityGroups = [] } = await dev.clients.ec2.send(new DescribeSecurityGroupsCommand({}));
  const { Volumes = [] } = await dev.clients.ec2.send(new DescribeVolumesCommand({}));
  return [...SecurityGroups.map(({ GroupId = "" }) => GroupId), ...Volumes.map(({ VolumeId = "" }) => VolumeId)];
};

beforeAll(async () => {
  emulator = await startEmulator({ region });
  Object.assign(process.env, emulator.env);
  dev = place("dev");
  // Its names begin with those of dev.
  other = place("dev-2");
  const nobody = { ...place("shop"), cluster: "shop" };
  const before = new Set(await everything());
  await leaveEverything(nobody, makersOfNobody);
  ofNobody = (await everything()).filter((id) => !before.has(id));
  await leaveEverything(other, tagsOfMakers("dev-2", other.cluster));
  ofOther = await ids(other);
});
afterAll(() => emulator?.stop());

test("an account without the environment has nothing of it", async () => {
  expect(ofNobody.length).toBeGreaterThan(3);
  expect(await findAwsLeftovers(dev)).toEqual([]);
});

test("every kind is found, with what says that it is ours, what it costs and what removes it", async () => {
  await leaveEverything(dev, tagsOfMakers("dev", dev.cluster));
  const left = await findAwsLeftovers(dev);
  expect(new Set(left.map(({ kind }) => kind))).toEqual(
    new Set(leftoverKinds.map(({ kind }) => kind).filter((kind) => kind !== "database backup")),
  );
  for (const each of left) expect([each.because, each.remedy, each.name]).not.toContain("");
  const costs = (kind: string) => left.find((each) => each.kind === kind)?.monthly;
  expect(costs("load balancer")).toBeGreaterThan(15);
  expect(costs("NAT gateway")).toBeGreaterThan(30);
  expect(left.find(({ name }) => name.includes("jupyterhub/claim-ada"))).toMatchObject({ kind: "volume", data: true });
});

test("what Terraform's state knows is no leftover", async () => {
  const [first, ...rest] = await ids(dev);
  expect(await findAwsLeftovers(dev, new Set(rest))).toMatchObject([{ id: first }]);
});

test("a cluster that is there keeps everything, and so does a run of Terraform", async () => {
  const { clients, cluster: name } = dev;
  const { Subnets = [] } = await clients.ec2.send(new DescribeSubnetsCommand({}));
  await clients.eks.send(
    new CreateClusterCommand({
      name,
      roleArn: "arn:aws:iam::123456789012:role/cluster",
      resourcesVpcConfig: { subnetIds: Subnets.slice(0, 2).map(({ SubnetId = "" }) => SubnetId) },
    }),
  );
  expect((await standingOf(dev, [])).reasons).toEqual([expect.stringContaining("open-mlops-dev is there")]);
  await clients.eks.send(new DeleteClusterCommand({ name }));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-state-"));
  try {
    const file = path.join(folder, "dev.tfstate");
    fs.writeFileSync(
      path.join(folder, "cdk.tf.json"),
      JSON.stringify({ terraform: { backend: { local: { path: "dev.tfstate" } } } }),
    );
    expect(await standingOf(dev, [{ name: "dev-cluster", folder }])).toMatchObject({ reasons: [], count: 0 });
    const resources = [
      { mode: "managed", instances: [{ attributes: { id: "vpc-1" } }] },
      { mode: "data", instances: [{}] },
    ];
    fs.writeFileSync(file, JSON.stringify({ resources }));
    fs.writeFileSync(path.join(folder, ".dev.tfstate.lock.info"), "{}");
    const standing = await standingOf(dev, [{ name: "dev-cluster", folder }]);
    expect(standing).toMatchObject({ count: 1, known: new Set(["vpc-1"]) });
    expect(standing.reasons).toEqual([expect.stringMatching(/Terraform works on dev-cluster.*lock\.info/)]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("without data: what can be made again goes, and people's data stays", async () => {
  const left = await findAwsLeftovers(dev);
  const removals = await sweep(dev, removable(left, false), options());
  expect(removals.filter(({ failed }) => failed)).toEqual([]);
  expect((await findAwsLeftovers(dev)).map(({ kind }) => kind)).toEqual([
    "volume",
    "snapshot",
    "database snapshot",
    "bucket",
    "key",
  ]);
});

test("with data: nothing is left but a key that AWS keeps for its waiting time", async () => {
  const left = await findAwsLeftovers(dev);
  const removals = await sweep(dev, removable(left, true), options());
  expect(removals.filter(({ failed }) => failed)).toEqual([]);
  expect(await findAwsLeftovers(dev)).toMatchObject([{ kind: "key", goesWith: "time", monthly: 0 }]);
});

test("nothing of another environment was touched, nor of anybody else", async () => {
  expect(await ids(other)).toEqual(ofOther);
  expect(await everything()).toEqual(expect.arrayContaining([...ofNobody]));
});

test("what AWS refuses is told, and does not stop the rest", async () => {
  const groups = (await findAwsLeftovers(other)).filter(({ kind }) => kind === "security group");
  const balancer = groups.find(({ name }) => name.includes("k8s-elb"));
  if (!balancer) throw new Error("no security group of the load balancer");
  // Its other half stays, and names it.
  const removals = await sweep(other, [balancer], { ...options(), patience: 200 });
  expect(removals).toMatchObject([{ left: { id: balancer.id }, failed: expect.stringMatching(/dependent object/) }]);
  expect((await sweep(other, groups, options())).filter(({ failed }) => failed)).toEqual([]);
});

test("a destroy that has failed clears its way; what came while it went goes too, and data is told", async () => {
  const environment = { ...(readEnvironment("dev") as ClusterEnvironment & AwsEnvironment), name: "gone", region };
  const third = place("gone");
  const logGroupName = `/aws/eks/${third.cluster}/cluster`;
  await leaveEverything(third, tagsOfMakers("gone", third.cluster));
  const board = new Board();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-state-"));
  try {
    const backend = { local: { path: "gone.tfstate" } };
    fs.writeFileSync(path.join(folder, "cdk.tf.json"), JSON.stringify({ terraform: { backend } }));
    const state = (ids: string[]) => {
      const resources = ids.map((id) => ({ mode: "managed", instances: [{ attributes: { id } }] }));
      fs.writeFileSync(path.join(folder, "gone.tfstate"), JSON.stringify({ resources }));
    };
    const logGroups = async () => (await findAwsLeftovers(third)).filter(({ kind }) => kind === "log group").length;
    const leaving = new Leaving(environment, [{ name: "gone-cluster", folder }], board);
    state([logGroupName]);
    await leaving.before();
    expect(await leaving.clearWay()).toBe(true);
    // Terraform's own: it is destroyed, and made anew by the control plane's last lines.
    expect(await logGroups()).toBe(1);
    state([]);
    const left = await leaving.after();
    expect(await logGroups()).toBe(0);
    expect(new Set(left.map(({ data }) => data))).toEqual(new Set([true]));
    expect(board.rows().at(-1)).toMatchObject({
      state: "failed",
      text: expect.stringContaining("mlops leftovers gone"),
    });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("the command lists, removes nothing without being asked, and exits with 1 until nothing is left", async () => {
  const mlops = (...args: string[]) =>
    runCommand(process.execPath, [path.join(__dirname, "..", "..", "cli", "mlops.mjs"), "leftovers", file, ...args], {
      env: { ...process.env, ...emulator.env },
    });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-leftovers-"));
  const file = path.join(folder, "gone.json");
  try {
    fs.writeFileSync(file, JSON.stringify(changed(inputs.dev(), "name", "gone")));
    const listed = await mlops("--json");
    expect(listed.code).toBe(1);
    const { left } = JSON.parse(listed.stdout) as { left: AwsLeftover[] };
    expect(left.map(({ kind }) => kind)).toContain("bucket");
    const unasked = await mlops("--remove", "--with-data");
    expect(unasked).toMatchObject({ code: 1, output: expect.arrayContaining([expect.stringContaining("pass --yes")]) });
    const removed = await mlops("--remove", "--with-data", "--yes");
    expect(removed.stdout).toMatch(/This would be removed[\s\S]*removed: bucket open-mlops-gone-data/);
    expect(removed.code).toBe(0);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

import { CreateLaunchTemplateCommand, DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
  UpdateNodegroupConfigCommand,
} from "@aws-sdk/client-eks";
import { CreateDBInstanceCommand, DescribeDBInstancesCommand, RDSClient } from "@aws-sdk/client-rds";
import { nodesLabel } from "../../constructs/aws/gpu";
import { type AwsEnvironment, awsSchema } from "../../constructs/contracts/environment";
import { Board } from "../../deployment/board";
import { sleep, wake } from "../../deployment/sleep";
import { type Emulator, startEmulator } from "../../rehearsal/emulator";
import { changed, inputs } from "../support/environments";

/** Sleep and wake, against a cluster and a database server that an emulator of AWS holds. Each test goes on from the one before. */

const region = "eu-west-1";
const environment: AwsEnvironment = awsSchema.parse(changed(inputs.dev(), "nodes.general.min", 0));
const clusterName = "open-mlops-dev";
const patience = { every: 20, most: 20_000 };
const before = { ...process.env };
let emulator: Emulator;
let eks: EKSClient;
let rds: RDSClient;

beforeAll(async () => {
  emulator = await startEmulator({ region });
  Object.assign(process.env, emulator.env);
  eks = new EKSClient({ region });
  rds = new RDSClient({ region });
  // An account begins with a network of its own.
  const ec2 = new EC2Client({ region });
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const machine = { LaunchTemplateName: "any", LaunchTemplateData: { ImageId: "ami-0123456789abcdef0" } };
  const { LaunchTemplate: template } = await ec2.send(new CreateLaunchTemplateCommand(machine));
  const subnetIds = Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).slice(0, 2);
  const roleArn = "arn:aws:iam::123456789012:role/any";
  await eks.send(
    new CreateClusterCommand({
      name: clusterName,
      roleArn,
      resourcesVpcConfig: { subnetIds },
    }),
  );
  for (const [name, size] of [
    ["system", 1],
    ["general", 2],
  ] as const) {
    await eks.send(
      new CreateNodegroupCommand({
        clusterName,
        nodegroupName: `${name}-0`,
        nodeRole: roleArn,
        subnets: subnetIds.slice(0, 1),
        launchTemplate: { id: template?.LaunchTemplateId, version: "1" },
        labels: { [nodesLabel]: name },
        // The autoscaler has made one of people's larger than it began.
        scalingConfig: { minSize: name === "system" ? 1 : 0, maxSize: 4, desiredSize: size },
      }),
    );
  }
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: clusterName,
      DBInstanceClass: "db.t4g.micro",
      Engine: "postgres",
      AllocatedStorage: 20,
      MasterUsername: "postgres",
      MasterUserPassword: "of-an-emulator",
    }),
  );
});
afterAll(async () => {
  process.env = before;
  await emulator?.stop();
});

const sizes = async () => {
  const { nodegroups = [] } = await eks.send(new ListNodegroupsCommand({ clusterName }));
  const each = await Promise.all(
    nodegroups.sort().map(async (nodegroupName) => {
      const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
      const { minSize, desiredSize, maxSize } = nodegroup?.scalingConfig ?? {};
      return [nodegroupName, [minSize, desiredSize, maxSize]];
    }),
  );
  return Object.fromEntries(each) as Record<string, number[]>;
};
const status = async () => {
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: clusterName }));
  return DBInstances?.[0]?.DBInstanceStatus;
};

test("asleep there are no nodes and no server, and each group may still grow as far as before", async () => {
  const board = new Board();
  const done = await sleep(environment, board, patience);
  expect(await sizes()).toEqual({ "general-0": [0, 0, 4], "system-0": [0, 0, 4] });
  expect(await status()).toBe("stopped");
  expect(done).toEqual({ "nodes system-0": "0 nodes", "nodes general-0": "0 nodes", database: "stopped" });
  expect(board.rows().map(({ state }) => state)).toEqual(["done", "done", "done"]);
  // The tools go first, and the autoscaler with them.
  expect(board.rows().map(({ name }) => name)).toEqual(["nodes system-0", "nodes general-0", "database"]);
});

test("what sleeps is left alone", async () => {
  expect(await sleep(environment, new Board(), patience)).toEqual({
    "nodes system-0": "0 nodes already",
    "nodes general-0": "0 nodes already",
    database: "stopped already",
  });
});

test("awake each group has its smallest size again, and the server was there first", async () => {
  const board = new Board();
  await wake(environment, board, patience);
  expect(await sizes()).toEqual({ "general-0": [0, 0, 4], "system-0": [1, 1, 4] });
  expect(await status()).toBe("available");
  expect(board.rows()[0]?.name).toBe("database");
});

test("what is awake is left alone: nobody's node is taken", async () => {
  // The autoscaler has added nodes since, to a group that begins with one and to one that begins with none.
  for (const [nodegroupName, desiredSize] of Object.entries({ "system-0": 2, "general-0": 3 }))
    await eks.send(new UpdateNodegroupConfigCommand({ clusterName, nodegroupName, scalingConfig: { desiredSize } }));
  expect(await wake(environment, new Board(), patience)).toEqual({
    database: "available already",
    "nodes system-0": "2 nodes already",
    "nodes general-0": "3 nodes already",
  });
  expect(await sizes()).toEqual({ "general-0": [0, 3, 4], "system-0": [1, 2, 4] });
});

test("an environment that was never deployed is told so", async () => {
  const other = awsSchema.parse(changed(inputs.dev(), "name", "other"));
  await expect(sleep(other, new Board(), patience)).rejects.toThrow(
    /there is no cluster open-mlops-other in eu-west-1 of this account; sign in to the right one, or deploy/,
  );
});

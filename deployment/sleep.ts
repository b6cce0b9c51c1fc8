import { setTimeout as pause } from "node:timers/promises";
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeNodegroupCommand,
  ListNodegroupsCommand,
  type Nodegroup,
  UpdateNodegroupConfigCommand,
} from "@aws-sdk/client-eks";
import {
  DBInstanceNotFoundFault,
  DescribeDBInstancesCommand,
  StartDBInstanceCommand,
  StopDBInstanceCommand,
} from "@aws-sdk/client-rds";
import { nodesLabel } from "../constructs/aws/gpu";
import { prefix } from "../constructs/aws/names";
import type { AwsEnvironment } from "../constructs/contracts/environment";
import type { AwsClients } from "./aws/clients";
import { type AwsPlace, awsPlace } from "./aws/place";
import { clusterStatus } from "./aws/standing";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import type { ClusterEnvironment } from "./synthesize";

/** What was done, or was so already, by the row that showed it. */
export type Done = Readonly<Record<string, string>>;

type Clients = Pick<AwsClients, "eks" | "rds" | "autoScaling">;

/** How often AWS is asked, and how long it may take, in milliseconds. */
export interface Patience {
  readonly every: number;
  readonly most: number;
}
const patient: Patience = { every: 5000, most: 1_800_000 };

const database = "database";

/**
 * The environment, if it is one that can sleep.
 *
 * @throws DeploymentError with the reason where there is nothing to put to sleep
 */
export function sleeper(environment: ClusterEnvironment): AwsEnvironment {
  const { name } = environment;
  if (environment.place !== "aws") {
    throw new DeploymentError(
      `${name} has no nodes and no database of its own to put to sleep: its cluster was there before it`,
    );
  }
  if (environment.nodes.mode === "karpenter") {
    throw new DeploymentError(
      `${name} cannot sleep: Karpenter's nodes are in no group, and go by themselves when nobody needs them`,
    );
  }
  if (!environment.schedule) {
    throw new DeploymentError(
      `${name} has no schedule, so every deployment would ask for its nodes again while it sleeps; add \`schedule\` to it and deploy, and then put it to sleep`,
    );
  }
  return environment;
}

/** Nodes to none and the database off, the tools and the autoscaler first: nothing starts a node for them then. */
export async function sleep(environment: AwsEnvironment, board: Board, patience = patient): Promise<Done> {
  const place = awsPlace(environment);
  const { clients } = place;
  const groups = await nodegroups(place);
  const [system, others] = [groups.filter(isSystem), groups.filter((group) => !isSystem(group))];
  const done: Record<string, string> = {};
  for (const part of [system, others]) {
    await Promise.all(
      part.map(async (group) => {
        done[title(group)] = await board.step(
          title(group),
          (say) => resize(group, "asleep", 0, clients, say, patience),
          (text) => text,
        );
      }),
    );
    await Promise.all(
      part.map((group) =>
        board.step(
          title(group),
          () => emptied(group, clients, patience),
          () => done[title(group)] ?? "",
        ),
      ),
    );
  }
  done[database] = await board.step(
    database,
    (say) => turn("off", environment, clients, say, patience),
    (text) => text,
  );
  return done;
}

/** The database first, because the tools ask for it as soon as they run; then each group at its smallest size. */
export async function wake(environment: AwsEnvironment, board: Board, patience = patient): Promise<Done> {
  const place = awsPlace(environment);
  const { clients } = place;
  const groups = await nodegroups(place);
  const done: Record<string, string> = {};
  done[database] = await board.step(
    database,
    (say) => turn("on", environment, clients, say, patience),
    (text) => text,
  );
  await Promise.all(
    groups.map(async (group) => {
      done[title(group)] = await board.step(
        title(group),
        (say) => resize(group, "awake", smallest(environment, group), clients, say, patience),
        (text) => text,
      );
    }),
  );
  return done;
}

async function nodegroups(place: AwsPlace): Promise<Nodegroup[]> {
  const { cluster: clusterName, region } = place;
  if (!(await clusterStatus(place))) {
    throw new DeploymentError(
      `there is no cluster ${clusterName} in ${region} of this account; sign in to the right one, or deploy the environment first`,
    );
  }
  const { eks } = place.clients;
  const { nodegroups: names = [] } = await eks.send(new ListNodegroupsCommand({ clusterName }));
  return Promise.all(names.map((name) => describe(eks, clusterName, name)));
}

async function describe(eks: Clients["eks"], clusterName: string, nodegroupName: string): Promise<Nodegroup> {
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }));
  if (!nodegroup) throw new DeploymentError(`AWS described no node group ${nodegroupName} of ${clusterName}`);
  return nodegroup;
}

/**
 * Gives a group a smallest size; what has it already is left alone. Asleep it has no node beyond that; awake it keeps
 * those that the autoscaler has added for people.
 */
async function resize(
  group: Nodegroup,
  to: "asleep" | "awake",
  min: number,
  { eks }: Clients,
  say: (text: string) => void,
  patience: Patience,
): Promise<string> {
  const { clusterName = "", nodegroupName = "" } = group;
  const current = await until(patience, title(group), async () => {
    const now = await describe(eks, clusterName, nodegroupName);
    if (now.status !== "UPDATING" && now.status !== "CREATING") return now;
    say(`waiting: it is ${now.status.toLowerCase()}`);
    return undefined;
  });
  const { minSize, desiredSize = 0 } = current.scalingConfig ?? {};
  const wanted = to === "asleep" ? min : Math.max(min, desiredSize);
  if (minSize === min && desiredSize === wanted) return `${nodes(wanted)} already`;
  say(`to ${nodes(wanted)}`);
  const scalingConfig = { minSize: min, desiredSize: wanted };
  await eks.send(new UpdateNodegroupConfigCommand({ clusterName, nodegroupName, scalingConfig }));
  return nodes(wanted);
}

/** Waits until a group has no machine any more. */
async function emptied(group: Nodegroup, { autoScaling }: Clients, patience: Patience): Promise<void> {
  const names = (group.resources?.autoScalingGroups ?? []).flatMap(({ name }) => name ?? []);
  if (names.length === 0) return;
  await until(patience, title(group), async () => {
    const found = await autoScaling.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: names }));
    return (found.AutoScalingGroups ?? []).every(({ Instances = [] }) => Instances.length === 0) ? true : undefined;
  });
}

/** Starts or stops the database server, after whatever it is at. */
async function turn(
  to: "on" | "off",
  environment: AwsEnvironment,
  { rds }: Clients,
  say: (text: string) => void,
  patience: Patience,
): Promise<string> {
  const DBInstanceIdentifier = prefix(environment.name);
  const [wanted, other] = to === "on" ? ["available", "stopped"] : ["stopped", "available"];
  let asked = false;
  try {
    return await until(patience, database, async () => {
      const { DBInstances: [instance] = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }));
      const status = instance?.DBInstanceStatus ?? "";
      if (status === wanted) return asked ? wanted : `${wanted} already`;
      if (status === other && !asked) {
        asked = true;
        const call = { DBInstanceIdentifier };
        await (to === "on" ? rds.send(new StartDBInstanceCommand(call)) : rds.send(new StopDBInstanceCommand(call)));
      }
      say(`it is ${status}`);
      return undefined;
    });
  } catch (error) {
    if (error instanceof DBInstanceNotFoundFault) return "there is none";
    throw error;
  }
}

async function until<T>({ every, most }: Patience, what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + most;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) {
      throw new DeploymentError(
        `${what} takes longer than ${most / 60_000} minutes; look at it in AWS, and run the same command again`,
      );
    }
    await pause(every);
  }
}

/** Which of the environment's groups it is, by the label that all its nodes carry. */
function groupName(group: Nodegroup): string {
  return group.labels?.[nodesLabel] ?? "";
}

function isSystem(group: Nodegroup): boolean {
  return groupName(group) === "system";
}

/** The nodes a group has when it is awake. */
function smallest({ nodes: { system, general, gpu } }: AwsEnvironment, group: Nodegroup): number {
  const name = groupName(group);
  const described = name === "system" ? system : name === "general" ? general : gpu.find((each) => each.name === name);
  // One that the environment does not name any more is gone with the next deployment.
  return described?.min ?? 0;
}

function title(group: Nodegroup): string {
  return `nodes ${group.nodegroupName}`;
}

function nodes(count: number): string {
  return count === 1 ? "1 node" : `${count} nodes`;
}

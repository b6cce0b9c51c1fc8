import { setTimeout as sleep } from "node:timers/promises";
import { homesOf } from "../constructs/contracts/homes";
import { databaseUser } from "../constructs/contracts/names";
import { type BackupEvent, runBackupJob } from "./backup-job";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import type { Kubectl, KubernetesObject } from "./kubectl";
import { applyRealmAgain, realmPart } from "./realm-again";
import type { ClusterEnvironment } from "./synthesize";

/** A database, and the part whose pods write to it, in the namespace of its name. */
export interface PartDatabase {
  readonly part: string;
  readonly database: string;
}

/** How many pods a server had before it was stopped: it survives this process. */
const replicasBefore = "open-mlops.io/replicas-before-restore";

/**
 * The databases of these names, or all where none is named.
 *
 * @throws DeploymentError with every name that is wrong, or where the environment keeps no backups
 */
export function databasesOf(environment: ClusterEnvironment, names: readonly string[]): PartDatabase[] {
  checkKept(environment);
  const all = [...environment.foundation, ...environment.components]
    .filter(({ needs }) => needs.database)
    .map(({ name }) => ({ part: name, database: databaseUser(name) }));
  const wrong = names.filter((name) => !all.some(({ database }) => database === name));
  if (wrong.length > 0)
    throw new DeploymentError(
      "Nothing was restored",
      wrong.map(
        (name) =>
          `"${name}" is no database of ${environment.name}; use ${all.map(({ database }) => database).join(", ")}`,
      ),
    );
  return all.filter(({ database }) => names.length === 0 || names.includes(database));
}

/** @throws DeploymentError where the environment keeps no backups */
function checkKept({ name, backup }: ClusterEnvironment): void {
  if (backup.mode === "off")
    throw new DeploymentError(`${name} keeps no backups`, [
      'Say `backup: { mode: "on" }` in it and deploy it; the first backup is made on schedule.',
    ]);
}

/**
 * The arguments that choose homes. Whose there are, the bucket knows.
 *
 * @param people whose homes; none is everybody's
 * @throws DeploymentError where the environment keeps no backups, or nobody has a home
 */
export function homesArgs(environment: ClusterEnvironment, people: readonly string[]): string[] {
  checkKept(environment);
  if (!homesOf(environment.components))
    throw new DeploymentError(`no tool of ${environment.name} makes homes for people`);
  return people.flatMap((person) => ["--home", person]);
}

/**
 * Restores homes, with people's servers running: nothing that is in a home is written over or removed. Run again after an
 * interruption, it does all of it once more.
 *
 * @param chosen of `homesArgs`
 * @param at ISO 8601: what was copied then, or last before. Default: the newest
 */
export async function restoreHomes(
  kubectl: Kubectl,
  chosen: readonly string[],
  at: string | undefined,
  board: Board,
  every = 2000,
): Promise<BackupEvent[]> {
  const args = ["restore", ...chosen, ...(at ? ["--at", at] : [])];
  const events = await board.step("homes", (say) => runBackupJob(kubectl, "homes", args, say, every));
  return events.filter(({ event }) => event === "restored");
}

/**
 * Restores databases: stops the tools that write to them, puts dumps in their place, and starts the tools again, whatever
 * came of it. What was there is kept beside for a week. Whoever keeps secrets in its database is told those of now. Run
 * again after an interruption, it does all of it once more.
 *
 * @param at ISO 8601: what was dumped then, or last before. Default: the newest
 * @param every milliseconds between two looks at the cluster
 */
export async function restore(
  kubectl: Kubectl,
  chosen: readonly PartDatabase[],
  at: string | undefined,
  board: Board,
  every = 2000,
): Promise<BackupEvent[]> {
  const restored = await replaced(kubectl, chosen, at, board, every);
  // A dump has the secrets of its day in it, which are not those that the tools have now.
  if (chosen.some(({ part }) => part === realmPart))
    await board.step(`${realmPart}: secrets that it keeps`, (say) => applyRealmAgain(kubectl, say));
  return restored;
}

async function replaced(
  kubectl: Kubectl,
  chosen: readonly PartDatabase[],
  at: string | undefined,
  board: Board,
  every: number,
): Promise<BackupEvent[]> {
  const parts = chosen.map(({ part }) => part);
  try {
    for (const part of parts) await board.step(`${part}: stop`, () => stop(kubectl, part, every));
    const args = [
      "restore",
      ...chosen.flatMap(({ database }) => ["--database", database]),
      ...(at ? ["--at", at] : []),
    ];
    const events = await board.step("databases", (say) => runBackupJob(kubectl, "databases", args, say, every));
    return events.filter(({ event }) => event === "restored");
  } catch (error) {
    const details = error instanceof DeploymentError ? error.details : [];
    throw new DeploymentError(`The restore was not finished: ${error instanceof Error ? error.message : error}`, [
      ...details,
      "Each database is as it was before, or whole as it was dumped; none is in between.",
      "Mend what is said above and run the same command again.",
    ]);
  } finally {
    for (const part of parts) await board.step(`${part}: start`, () => start(kubectl, part));
  }
}

interface Server extends KubernetesObject {
  readonly spec?: { readonly replicas?: number };
  readonly status?: { readonly replicas?: number };
}

const servers = (kubectl: Kubectl, namespace: string) =>
  kubectl.list<Server>("deployments,statefulsets", "--namespace", namespace);
const named = ({ kind, metadata }: Server) => `${kind.toLowerCase()}/${metadata.name}`;

/** An autoscaler leaves alone what has no replicas. */
async function stop(kubectl: Kubectl, namespace: string, every: number): Promise<void> {
  const at = ["--namespace", namespace];
  for (const server of await servers(kubectl, namespace)) {
    const replicas = server.spec?.replicas ?? 1;
    if (replicas === 0) continue;
    await kubectl.text("annotate", named(server), ...at, `${replicasBefore}=${replicas}`, "--overwrite");
    await kubectl.text("scale", named(server), ...at, "--replicas=0");
  }
  // Two minutes: a session that is left after that is ended with the swap.
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(every)) {
    if ((await servers(kubectl, namespace)).every(({ status }) => !status?.replicas)) return;
  }
}

async function start(kubectl: Kubectl, namespace: string): Promise<void> {
  const at = ["--namespace", namespace];
  for (const server of await servers(kubectl, namespace)) {
    const replicas = server.metadata.annotations?.[replicasBefore];
    if (replicas === undefined) continue;
    await kubectl.text("scale", named(server), ...at, `--replicas=${replicas}`);
    await kubectl.text("annotate", named(server), ...at, `${replicasBefore}-`);
  }
}

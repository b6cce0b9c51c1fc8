import { setTimeout as sleep } from "node:timers/promises";
import { foundationNamespace as foundation } from "../constructs/contracts/names";
import { databasesJob } from "../constructs/foundation/databases";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import { runAgain } from "./job-again";
import type { Kubectl, KubernetesObject } from "./kubectl";
import { applyRealmAgain } from "./realm-again";
import type { Rotation } from "./rotation-plan";
import { readersOf, restartedReaders } from "./secret-readers";

export interface Rotated {
  readonly secret: string;
  /** Servers that were started again, as `namespace/name`. */
  readonly restarted: readonly string[];
}

/** How long one step may take, in milliseconds. */
const patience = 300_000;
/** Sets the passwords that are kept now. */
const users = { namespace: foundation, name: databasesJob, does: "set the users' passwords", patience } as const;

/**
 * Gives secrets new values: first where they are kept, then at the database server and at whoever keeps them in a database
 * of its own, then to their copies, whose readers Reloader starts again. Until the second step is over every tool works with the old values; run again after a failure,
 * it makes new values once more and ends what was begun. No value passes through this process.
 *
 * @throws DeploymentError with what failed, and what each secret is at
 */
export async function rotate(kubectl: Kubectl, rotations: readonly Rotation[], board: Board): Promise<Rotated[]> {
  let stands = "no value was changed";
  try {
    await isDeployed(kubectl, rotations);
    const readers = await readersOf(kubectl, rotations);
    stands = "values may be new where they are kept, and no tool reads them yet: all work with the old ones";
    for (const rotation of rotations)
      await board.step(`${rotation.name}: new values`, () => makeValues(kubectl, rotation));
    if (rotations.some(({ database }) => database)) {
      stands = "some users of the database may have new passwords that their tools do not know yet";
      await board.step("users of the database", (say) => runAgain(kubectl, users, say));
    }
    stands = "databases know the new passwords, and some copies are not new yet";
    const keepers = [...new Set(rotations.flatMap(({ keptBy }) => keptBy ?? []))];
    for (const keeper of keepers) {
      // Its job reads what is in its namespace, and its server has to be up with it.
      await board.step(
        `${keeper}: copies`,
        () => syncAll(kubectl, rotations, (namespace) => namespace === keeper),
        made,
      );
      const own = readers.filter(({ namespace }) => namespace === keeper);
      await board.step(`${keeper}: server`, (say) => restartedReaders(kubectl, own, say, patience));
      stands = `${keeper} may know new secrets that some tools do not have yet: who signs in to those is refused`;
      await board.step(`${keeper}: secrets that it keeps`, (say) => applyRealmAgain(kubectl, say));
    }
    for (const rotation of rotations)
      await board.step(
        `${rotation.name}: copies`,
        () => syncAll(kubectl, [rotation], (namespace) => !keepers.includes(namespace)),
        made,
      );
    stands = "all values are new, and some servers do not answer with them yet";
    return await Promise.all(
      rotations.map(async ({ name }) => {
        const own = readers.filter(({ secrets }) => secrets.includes(name));
        const restarted = await board.step(
          `${name}: servers that read it`,
          (say) => restartedReaders(kubectl, own, say, patience),
          (servers) => (servers.length > 0 ? `started again: ${servers.join(", ")}` : "there are none"),
        );
        return { secret: name, restarted };
      }),
    );
  } catch (error) {
    const details = error instanceof DeploymentError ? error.details : [];
    const why = error instanceof Error ? error.message : String(error);
    throw new DeploymentError(`The rotation was not finished: ${why}`, [
      ...details,
      `It stands so: ${stands}.`,
      "Mend what is said above and run the same command again: it ends what was begun.",
    ]);
  }
}

async function isDeployed(kubectl: Kubectl, rotations: readonly Rotation[]): Promise<void> {
  const there = (await kubectl.list("secrets", "--namespace", foundation)).map(({ metadata }) => metadata.name);
  const missing = rotations.filter(({ name }) => !there.includes(name)).map(({ name }) => name);
  if (missing.length > 0)
    throw new DeploymentError(`the namespace ${foundation} has no ${missing.join(", ")}`, [
      "Deploy the environment first: `mlops deploy` makes secrets that are not there.",
    ]);
}

async function makeValues(kubectl: Kubectl, { name, pushes }: Rotation): Promise<void> {
  const version = async () =>
    kubectl.text("get", "secret", name, "--namespace", foundation, "--output", "jsonpath={.metadata.resourceVersion}");
  const before = await version();
  for (const push of pushes) {
    const object = ["pushsecret", push.metadata.name, "--namespace", foundation];
    // One that a killed run has left would not act again.
    await kubectl.text("delete", ...object, "--ignore-not-found", "--wait");
    await kubectl.put("apply", push);
    await kubectl.text("wait", ...object, "--for=condition=Ready", "--timeout=60s");
    await kubectl.text("delete", ...object, "--wait");
  }
  if ((await version()) === before) throw new DeploymentError(`${name} has the same values as before`);
}

interface Copy extends KubernetesObject {
  readonly status?: {
    readonly refreshTime?: string;
    readonly syncedResourceVersion?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
  };
}

const made = (count: number) => `${count} new`;

/** Has copies in some of the namespaces read again; returns how many there are. */
async function syncAll(
  kubectl: Kubectl,
  rotations: readonly Rotation[],
  where: (namespace: string) => boolean,
): Promise<number> {
  let count = 0;
  for (const { name, copies } of rotations) count += await syncCopies(kubectl, name, copies.filter(where));
  return count;
}

async function syncCopies(kubectl: Kubectl, name: string, copies: readonly string[]): Promise<number> {
  const mark = `open-mlops.io/rotated=${new Date().toISOString()}`;
  for (const namespace of copies) {
    const object = ["externalsecret", name, "--namespace", namespace];
    const read = async () => (await kubectl.list<Copy>(...object))[0]?.status;
    const before = await read();
    await kubectl.text("annotate", ...object, mark, "--overwrite");
    const deadline = Date.now() + 60_000;
    for (;;) {
      const now = await read();
      const ready = now?.conditions?.find(({ type }) => type === "Ready");
      // The version has a digest of the annotations in it.
      if (ready?.status === "True" && now?.syncedResourceVersion !== before?.syncedResourceVersion) break;
      if (Date.now() > deadline)
        throw new DeploymentError(`the copy ${namespace}/${name} was not made new: ${ready?.message ?? "no answer"}`);
      await sleep(500);
    }
  }
  return copies.length;
}

import { Command } from "commander";
import { homesOf } from "../constructs/contracts/homes";
import { type BackupEvent, runBackupJob } from "../deployment/backup-job";
import type { Board } from "../deployment/board";
import { connect } from "../deployment/connection";
import type { Kubectl } from "../deployment/kubectl";
import { databasesOf, homesArgs, type PartDatabase, restore, restoreHomes } from "../deployment/restore";
import { type ClusterEnvironment, readEnvironment } from "../deployment/synthesize";
import { LabError } from "../lab/errors";
import { agreed } from "./agreed";
import { table } from "./lab-output";
import { runShown } from "./run-shown";

interface Options {
  readonly list?: boolean;
  readonly drill?: boolean;
  readonly undelete?: boolean;
  readonly at?: string;
  readonly database: readonly string[];
  readonly home: readonly string[];
  readonly homes?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** What is meant: either kind may be left out. */
export interface Chosen {
  readonly databases?: readonly PartDatabase[];
  /** As `homesArgs` says it. */
  readonly homes?: readonly string[];
}

export function restoreCommand(): Command {
  return new Command("restore")
    .description(
      "Put databases back as they were dumped, or people's homes as they were copied. Asks before the first.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--list", "show what there is, and restore nothing")
    .option("--drill", "try the newest backups: dumps in databases that nobody uses, homes by reading each file")
    .option("--undelete", "give names in locked buckets back what somebody has removed or written over there")
    .option("--at <time>", "what was kept then, or last before: ISO 8601, in UTC where no zone is said")
    .option(
      "--database <name>",
      "such as mlflow; can be given several times (default: all, where no home is named)",
      collected,
      [],
    )
    .option("--home <person>", "whose home; can be given several times", collected, [])
    .option("--homes", "everybody's home")
    .option("--yes", "do not ask")
    .option("--json", "print one JSON document at the end, instead of a live list")
    .addHelpText(
      "after",
      `
Databases: the tools that write to them are stopped meanwhile, and what is replaced is kept beside it for a week, as
<database>_before_<time>. Homes: a copy goes into a folder restored-<time> of the home, or to its place where the home is
empty, while its person works on; nothing is written over. After an interruption run the same command again.`,
    )
    .action(async (given: string, options: Options) => {
      const environment = readEnvironment(given);
      const chosen = chooseKept(environment, options);
      const asked = options.undelete ? "undelete" : options.list ? "list" : options.drill ? "drill" : undefined;
      const names = chosen.databases?.map(({ database }) => database) ?? [];
      if (!asked && names.length > 0 && !options.yes && !(await agreedToLose(environment.name, names))) {
        console.log("Nothing was restored.");
        return;
      }
      const kubectl = await connect(environment);
      const events = await runShown(options.json ?? false, ({ board }) =>
        asked ? askedOf(kubectl, chosen, asked, board) : restored(kubectl, chosen, options.at, board),
      );
      if (options.json) {
        const dumps = events.filter(({ database }) => database);
        const homes = events.filter(({ home }) => home);
        const undeleted = events.flatMap(({ key }) => key ?? []);
        console.log(JSON.stringify({ environment: environment.name, dumps, homes, undeleted }));
      } else if (options.undelete) console.log(`\nBrought back: ${events.length} objects.`);
      else console.log(`\n${shown(events)}`);
    });
}

/**
 * What the options mean: databases alone where nothing is named, so that nobody's home changes unasked; `--list`, `--drill`
 * and `--undelete` mean everything then.
 */
export function chooseKept(environment: ClusterEnvironment, options: Omit<Options, "yes" | "json" | "at">): Chosen {
  const { database, home, homes, list, drill, undelete } = options;
  const namesHomes = home.length > 0 || homes === true;
  const all = (list || drill || undelete) && homesOf(environment.components) !== undefined;
  const chosen: Chosen = {
    ...(database.length > 0 || !namesHomes ? { databases: databasesOf(environment, database) } : {}),
    ...(namesHomes || (all && database.length === 0) ? { homes: homesArgs(environment, homes ? [] : home) } : {}),
  };
  return chosen;
}

async function askedOf(
  kubectl: Kubectl,
  { databases, homes }: Chosen,
  what: "list" | "drill" | "undelete",
  board: Board,
) {
  const of = (kind: "databases" | "homes", args: readonly string[]) =>
    board.step(`${kind}: ${what}`, (say) => runBackupJob(kubectl, kind, [what, ...args], say));
  return [
    ...(databases
      ? await of(
          "databases",
          databases.flatMap(({ database }) => ["--database", database]),
        )
      : []),
    ...(homes ? await of("homes", homes) : []),
  ];
}

async function restored(kubectl: Kubectl, { databases, homes }: Chosen, at: string | undefined, board: Board) {
  return [
    ...(databases ? await restore(kubectl, databases, at, board) : []),
    ...(homes ? await restoreHomes(kubectl, homes, at, board) : []),
  ];
}

function collected(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

async function agreedToLose(environment: string, names: readonly string[]): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new LabError("`mlops restore` replaces databases and asks first; pass --yes where nobody can answer");
  console.log(
    `This replaces ${names.join(", ")}: what was written since the dump is out of use, and kept beside for a week.`,
  );
  return agreed(`Type the environment's name to go on (${environment}): `, environment);
}

/** Databases, then homes, each as a table. */
export function shown(events: readonly BackupEvent[]): string {
  const size = (bytes = 0) => `${(bytes / 1e6).toFixed(1)} MB`;
  const dumps = events
    .filter(({ database }) => database)
    .map(({ database = "", time = "", bytes, tables = 0, rows: count = 0, event, replaced }) => [
      database,
      time,
      size(bytes),
      `${tables}`,
      `${count}`,
      replaced ? `${event}; before: ${replaced}` : event,
    ]);
  const homes = events
    .filter(({ home }) => home)
    .map(({ user = "", time = "", bytes, files = 0, event, into }) => [
      user,
      time,
      size(bytes),
      `${files}`,
      into ? `${event} to ${into === "." ? "its place" : into}` : event,
    ]);
  const tables = [
    ...(dumps.length > 0 ? [table([["DATABASE", "DUMPED", "SIZE", "TABLES", "ROWS", ""], ...dumps])] : []),
    ...(homes.length > 0 ? [table([["HOME OF", "COPIED", "SIZE", "FILES", ""], ...homes])] : []),
  ];
  return tables.length > 0 ? tables.join("\n\n") : "There are no backups.";
}

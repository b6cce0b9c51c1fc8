import { Command } from "commander";
import { type BackupEvent, runBackupJob } from "../deployment/backup-job";
import { connect } from "../deployment/connection";
import { databasesOf, restore } from "../deployment/restore";
import { readEnvironment } from "../deployment/synthesize";
import { LabError } from "../lab/errors";
import { agreed } from "./agreed";
import { table } from "./lab-output";
import { runShown } from "./run-shown";

interface Options {
  readonly list?: boolean;
  readonly drill?: boolean;
  readonly at?: string;
  readonly database: readonly string[];
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function restoreCommand(): Command {
  return new Command("restore")
    .description("Put databases back as they were dumped, the tools that write to them stopped meanwhile. Asks first.")
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--list", "show what there is, and restore nothing")
    .option("--drill", "restore the newest dumps into databases that nobody uses, compare them, and remove them")
    .option("--at <time>", "what was dumped then, or last before: ISO 8601, in UTC where no zone is said")
    .option("--database <name>", "such as mlflow; can be given several times (default: all)", collected, [])
    .option("--yes", "do not ask")
    .option("--json", "print one JSON document at the end, instead of a live list")
    .addHelpText(
      "after",
      `
What is replaced is kept beside it for a week, as <database>_before_<time>. After an interruption run the same command
again: until a database is whole as it was dumped, the one that was there stays. People's homes are restored by hand.`,
    )
    .action(async (given: string, options: Options) => {
      const environment = readEnvironment(given);
      const chosen = databasesOf(environment, options.database);
      const names = chosen.map(({ database }) => database);
      const asking = options.list || options.drill;
      if (!asking && !options.yes && !(await agreedToLose(environment.name, names))) {
        console.log("Nothing was restored.");
        return;
      }
      const kubectl = await connect(environment);
      const events = await runShown(options.json ?? false, ({ board }) =>
        asking
          ? board.step(options.list ? "dumps" : "drill", (say) =>
              runBackupJob(
                kubectl,
                [options.list ? "list" : "drill", ...names.flatMap((name) => ["--database", name])],
                say,
              ),
            )
          : restore(kubectl, chosen, options.at, board),
      );
      if (options.json) console.log(JSON.stringify({ environment: environment.name, dumps: events }));
      else console.log(`\n${shown(events)}`);
    });
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

function shown(events: readonly BackupEvent[]): string {
  if (events.length === 0) return "There are no dumps.";
  const rows = events.map(({ database = "", time = "", bytes = 0, tables = 0, rows: count = 0, event, replaced }) => [
    database,
    time,
    `${(bytes / 1e6).toFixed(1)} MB`,
    `${tables}`,
    `${count}`,
    replaced ? `${event}; before: ${replaced}` : event,
  ]);
  return table([["DATABASE", "DUMPED", "SIZE", "TABLES", "ROWS", ""], ...rows]);
}

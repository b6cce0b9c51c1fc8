import { Command } from "commander";
import type { AwsEnvironment } from "../constructs/contracts/environment";
import type { Board } from "../deployment/board";
import type { Done } from "../deployment/sleep";
import { readEnvironment } from "../deployment/synthesize";
import { runShown } from "./run-shown";

export function sleepCommand(): Command {
  return command(
    "sleep",
    "Put an environment's nodes and database to sleep now, as its schedule does at night.",
    (environment, board) => asleep().sleep(environment, board),
  ).addHelpText(
    "after",
    `
What is running then is lost: notebooks' memory, flow runs, Dask clusters; served models do not answer.
What stays: files in people's homes, buckets, databases, MLflow's runs and models. Nodes and the database's
server are not billed; disks, the control plane and the way out of the network are.`,
  );
}

export function wakeCommand(): Command {
  return command(
    "wake",
    "Wake an environment that sleeps: the database, then nodes. The tools follow by themselves.",
    (environment, board) => asleep().wake(environment, board),
  );
}

/** Loaded when it is used: the clients of AWS take a second, which no other command should pay. */
function asleep(): typeof import("../deployment/sleep") {
  return require("../deployment/sleep");
}

function command(
  name: "sleep" | "wake",
  description: string,
  work: (environment: AwsEnvironment, board: Board) => Promise<Done>,
): Command {
  return new Command(name)
    .description(description)
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--json", "print one JSON document at the end, instead of a live list")
    .action(async (given: string, options: { json?: boolean }) => {
      const environment = asleep().sleeper(readEnvironment(given));
      const { tellingFaults } = require("../deployment/aws") as typeof import("../deployment/aws");
      const done = await tellingFaults(() => runShown(options.json ?? false, ({ board }) => work(environment, board)));
      if (options.json) console.log(JSON.stringify({ environment: environment.name, done }));
      else if (name === "sleep") console.log(`\n${environment.name} sleeps; \`mlops wake ${given}\` wakes it.`);
      else console.log(`\n${environment.name} wakes; \`mlops status ${given}\` says when its tools answer.`);
    });
}

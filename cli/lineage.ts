import { Command } from "commander";
import { labPaths } from "../lab/paths";
import { runningSupervisor } from "../lab/state";
import { runLabPython } from "./lab-python";

const notRunning = 3;

interface LineageOptions {
  readonly since?: string;
  readonly json?: boolean;
  readonly page?: string | true;
}

/** The lab's lineage. `python -m open_mlops.lineage` is the same in a notebook, a flow, or a terminal with a token. */
export function lineageCommand(): Command {
  return new Command("lineage")
    .description("Tell where a prediction, a version, a run or a model comes from, and what a snapshot has touched.")
    .argument("<what>", "a request id, a model, model/version, a run id, or a snapshot's digest or address")
    .option("--since <days>", "days of the inference log that are looked at; default: 30")
    .option("--json", "print nodes, edges and what is missing as JSON")
    .option("--page [file]", "write a page with the graph; default: lineage-<what>.html here")
    .addHelpText(
      "after",
      "\nrequest:, model:, version:, run: or snapshot: before a word that means more than one thing says which.\n" +
        "Exit codes: 0 found; 1 nothing is known of it; 2 wrong use, or the word means more than one thing;\n" +
        "3 the lab is not running.",
    )
    .action(async (what: string, options: LineageOptions) => {
      const paths = labPaths();
      if (!(await runningSupervisor(paths.state))) {
        console.error("The lab is not running; start it with `npm start`");
        process.exitCode = notRunning;
        return;
      }
      process.exitCode = await runLabPython(["-m", "open_mlops.lineage", ...words(what, options)], { paths });
    });
}

/** The same options, for Python; what was asked comes last, so that nothing in it is an option. */
function words(what: string, { since, json, page }: LineageOptions): string[] {
  return [
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(json ? ["--json"] : []),
    ...(page === undefined ? [] : page === true ? ["--page"] : [`--page=${page}`]),
    "--",
    what,
  ];
}

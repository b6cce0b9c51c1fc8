import { Command } from "commander";
import { connect } from "../deployment/connection";
import { statusOf } from "../deployment/status";
import { synthesize } from "../deployment/synthesize";
import { table } from "./lab-output";

export function statusCommand(): Command {
  return new Command("status")
    .description(
      "Show each tool of an environment, and what they stand on: whether it answers, and how to open it. Exits with 1 when one does not.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--json", "print as JSON")
    .action(async (name: string, options: { json?: boolean }) => {
      const synthesis = synthesize(name);
      const tools = await statusOf(await connect(synthesis.environment), synthesis);
      if (options.json) console.log(JSON.stringify(tools, null, 2));
      else {
        const rows = tools.map((tool) => [
          tool.component,
          tool.role,
          tool.state,
          `${tool.ready}/${tool.pods}`,
          tool.version,
          tool.address ?? "",
          tool.reason ?? tool.open ?? "",
        ]);
        console.log(table([["TOOL", "ROLE", "STATE", "READY", "VERSION", "ADDRESS", "OPEN"], ...rows]));
        for (const { component, run, open } of tools)
          if (run) console.log(`\n  ${component}: ${run}\n    then ${open}`);
      }
      if (tools.some(({ state }) => state !== "ready")) process.exitCode = 1;
    });
}

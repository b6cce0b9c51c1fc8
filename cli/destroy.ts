import { Command } from "commander";
import { connect } from "../deployment/connection";
import { destroy, whatIsLost } from "../deployment/destroy";
import { findTerraform } from "../deployment/programs";
import { whatStays } from "../deployment/stays";
import { synthesize } from "../deployment/synthesize";
import { LabError } from "../lab/errors";
import { agreed } from "./agreed";
import { table } from "./lab-output";
import { rightAccount } from "./right-account";
import { runShown } from "./run-shown";

export function destroyCommand(): Command {
  return new Command("destroy")
    .description("Destroy an environment, the platform before its cluster, and prove that nothing is left. Asks first.")
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--yes", "do not ask")
    .option("--json", "print what is left as JSON")
    .action(async (name: string, options: { yes?: boolean; json?: boolean }) => {
      const terraform = await findTerraform();
      const synthesis = synthesize(name);
      const { environment, namespaces } = synthesis;
      if (!options.yes) {
        if (!process.stdin.isTTY)
          throw new LabError(
            "`mlops destroy` deletes people's work and asks first; pass --yes where nobody can answer",
          );
        const lost = await connect(environment)
          .then((kubectl) => whatIsLost(kubectl, namespaces))
          .catch(() => [`everything of ${environment.name}; its cluster could not be asked what it holds`]);
        console.log(`This deletes, for good:\n${lost.map((line) => `  - ${line}`).join("\n")}`);
        if (!(await agreed(`Type the environment's name to go on (${environment.name}): `, environment.name))) {
          console.log("Nothing was deleted.");
          return;
        }
      }
      await rightAccount(environment, "destroy");
      const left = await runShown(options.json ?? false, (watch) => destroy(synthesis, { ...watch, terraform }));
      const stays = whatStays(environment);
      if (options.json) console.log(JSON.stringify({ environment: environment.name, left, stays }));
      else if (left.length === 0)
        console.log(
          `\n${environment.name} is gone; nothing of it is left in ${environment.place === "aws" ? "AWS" : "the cluster"}.`,
        );
      else {
        const rows = left.map((each) => [each.kind, each.name, each.because, each.remedy]);
        console.log(`\nThis is left:\n${table([["KIND", "NAME", "WHY IT IS OURS", "REMEDY"], ...rows])}`);
      }
      if (!options.json && stays.length > 0)
        console.log(`\nThis stays, because it was there before:\n${stays.map((line) => `  - ${line}`).join("\n")}`);
      if (left.length > 0) process.exitCode = 1;
    });
}

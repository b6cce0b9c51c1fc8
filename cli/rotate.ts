import { Command } from "commander";
import { connect } from "../deployment/connection";
import { rotate } from "../deployment/rotate";
import { rotationsOf } from "../deployment/rotation-plan";
import { readEnvironment } from "../deployment/synthesize";
import { runShown } from "./run-shown";

export function rotateCommand(): Command {
  return new Command("rotate")
    .description(
      "Give generated secrets new values: databases' users first, then the tools that read them, which start again.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .argument("[secret...]", "such as mlflow-database; all of them where none is named")
    .option("--json", "print one JSON document at the end, instead of a live list")
    .addHelpText(
      "after",
      `
Tools are away for as long as they take to start; people's servers, flow runs and models run on. With jupyterhub-generated
people sign in again, with its new password; with keycloak-generated, CI needs the new secret of mlops-ci. After a failure
run the same command again: it ends what was begun.`,
    )
    .action(async (given: string, names: string[], options: { json?: boolean }) => {
      const environment = readEnvironment(given);
      const rotations = rotationsOf(environment, names);
      const rotated = await runShown(options.json ?? false, async ({ board }) =>
        rotate(await connect(environment), rotations, board),
      );
      if (options.json) console.log(JSON.stringify({ environment: environment.name, rotated }));
      else console.log(`\nNew in ${environment.name}: ${rotated.map(({ secret }) => secret).join(", ")}.`);
    });
}

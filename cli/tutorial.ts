import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { LabError } from "../lab/errors";
import { labPaths } from "../lab/paths";
import { runningSupervisor } from "../lab/state";
import { runLabPython } from "./lab-python";

/** Runs a tutorial of the project against the lab, as a person would who typed its steps. */
export function tutorialCommand(): Command {
  const names = tutorials();
  return new Command("tutorial")
    .description("Run a tutorial against the lab that is up.")
    .argument("<name>", `one of ${names.join(", ")}`)
    .action(async (name: string) => {
      if (!names.includes(name)) throw new LabError(`There is no tutorial "${name}"; use one of ${names.join(", ")}`);
      const paths = labPaths();
      if (!(await runningSupervisor(paths.state)))
        throw new LabError("The lab is not running; start it with `npm start`");
      const code = await runLabPython(["run.py"], { paths, folder: path.join(paths.project, "tutorials", name) });
      if (code !== 0) throw new LabError(`The tutorial "${name}" failed; its last lines say why`);
    });
}

function tutorials(): string[] {
  const folder = path.join(labPaths().project, "tutorials");
  return fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, "run.py")));
}

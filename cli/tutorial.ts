import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { loadEnvironment } from "../constructs/contracts/load";
import labEnvironment from "../environments/lab";
import { program } from "../lab/blueprint";
import { LabError } from "../lab/errors";
import { Lab } from "../lab/lab";
import { labPaths } from "../lab/paths";
import { readPorts } from "../lab/ports";
import { runningSupervisor } from "../lab/state";
import { misleading, terminalEnvironment } from "../lab/terminal";

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
      const { catalogue } =
        require("../constructs/components/catalogue") as typeof import("../constructs/components/catalogue");
      const { components, ...environment } = loadEnvironment(labEnvironment, catalogue);
      const ports = readPorts(paths.ports);
      const lab = new Lab({ paths, components, ports: environment.place === "lab" ? environment.ports : {} });
      const blueprint = lab.blueprint((port) => ports[port] ?? 0);
      const child = spawn(program(paths, "toolbox", "python"), ["run.py"], {
        cwd: path.join(paths.project, "tutorials", name),
        env: {
          ...Object.fromEntries(
            Object.entries(process.env).filter(([name]) => !misleading.some((each) => each === name)),
          ),
          ...terminalEnvironment(paths, blueprint),
        },
        stdio: "inherit",
      });
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) throw new LabError(`The tutorial "${name}" failed; its last lines say why`);
    });
}

function tutorials(): string[] {
  const folder = path.join(labPaths().project, "tutorials");
  return fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, "run.py")));
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadEnvironment } from "../constructs/contracts/load";
import labEnvironment from "../environments/lab";
import { program } from "../lab/blueprint";
import { Lab } from "../lab/lab";
import { type LabPaths, labPaths } from "../lab/paths";
import { readPorts } from "../lab/ports";
import { misleading, terminalEnvironment } from "../lab/terminal";

export interface LabPythonOptions {
  /** Where it runs. Default: where this command was called. */
  readonly folder?: string;
  readonly paths?: LabPaths;
}

/** Runs the toolbox's Python as a terminal of the lab does, and returns its exit code; 1 when it was killed. */
export async function runLabPython(args: readonly string[], options: LabPythonOptions = {}): Promise<number> {
  const { paths = labPaths() } = options;
  const { catalogue } =
    require("../constructs/components/catalogue") as typeof import("../constructs/components/catalogue");
  const { components, ...environment } = loadEnvironment(labEnvironment, catalogue);
  const ports = readPorts(paths.ports);
  const lab = new Lab({ paths, components, ports: environment.place === "lab" ? environment.ports : {} });
  const blueprint = lab.blueprint((port) => ports[port] ?? 0);
  const inherited = Object.entries(process.env).filter(([name]) => !misleading.some((each) => each === name));
  const child = spawn(program(paths, "toolbox", "python"), [...args], {
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    // What is printed is for people: each download of a few files would draw a bar.
    env: {
      MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
      ...Object.fromEntries(inherited),
      ...terminalEnvironment(paths, blueprint),
    },
    stdio: "inherit",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

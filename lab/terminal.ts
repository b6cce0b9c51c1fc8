import * as path from "node:path";
import type { LabBlueprint } from "./blueprint";
import type { LabPaths } from "./paths";

/** What code outside the lab's own processes needs to work with it, a person's terminal or a tutorial. */
export function terminalEnvironment(paths: LabPaths, blueprint: LabBlueprint): Record<string, string> {
  const toolbox = path.join(paths.python, "toolbox");
  return {
    ...blueprint.clientEnv,
    ...blueprint.terminalEnv,
    VIRTUAL_ENV: toolbox,
    PATH: `${path.join(toolbox, "bin")}${path.delimiter}${process.env["PATH"] ?? ""}`,
    MLFLOW_DISABLE_TELEMETRY: "true",
    DO_NOT_TRACK: "1",
  };
}

/** The same as lines that any POSIX shell reads. */
export function shellExports(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`)
    .join("\n");
}

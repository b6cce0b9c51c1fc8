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
    ...withoutProxy(process.env),
    // One that the shell has of another server would send the registered models there.
    MLFLOW_REGISTRY_URI: blueprint.clientEnv["MLFLOW_TRACKING_URI"] ?? "",
  };
}

/** The lab is on this machine, so no proxy stands between; what the shell leaves out already stays left out. */
export function withoutProxy(env: NodeJS.ProcessEnv): { NO_PROXY: string; no_proxy: string } {
  const list = [...new Set([...(env["NO_PROXY"] ?? env["no_proxy"] ?? "").split(","), "127.0.0.1", "localhost"])];
  const hosts = list.filter((host) => host !== "").join(",");
  return { NO_PROXY: hosts, no_proxy: hosts };
}

/** Variables of a shell that would lead the toolbox's Python to other packages. */
export const misleading = ["PYTHONPATH", "PYTHONHOME"] as const;

/** The same as lines that any POSIX shell reads. */
export function shellExports(env: Readonly<Record<string, string>>): string {
  return [...misleading.map((name) => `unset ${name}`), exportLines(env)].join("\n");
}

/** One `export` a variable; whatever is in a value, it is only a value. */
export function exportLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`)
    .join("\n");
}

import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { environments, installEnvironment } from "../lab/install";
import { labPaths } from "../lab/paths";

/** What can be measured: `npm run bench -- <name> [options]` runs `bench/<name>.py`. */
const benches = ["serving"];

/** Runs a benchmark in the locked environments of the lab. Nothing else of the lab needs to run. */
async function main([name = "", ...options]: readonly string[]): Promise<number> {
  if (!benches.includes(name)) {
    console.error(`no benchmark "${name}"; use npm run bench -- ${benches.join(" | ")}`);
    return 2;
  }
  const paths = labPaths();
  for (const each of environments) await installEnvironment(paths, each, (line) => console.error(line));
  const python = path.join(paths.python, "toolbox", "bin", "python");
  const run = spawnSync(python, [path.join(paths.project, "bench", `${name}.py`), ...options], {
    env: { ...process.env, LAB_PYTHON: paths.python },
    stdio: "inherit",
  });
  return run.status ?? 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

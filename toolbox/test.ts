import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { environments, installEnvironment } from "../lab/install";
import { labPaths } from "../lab/paths";
import { installFromLock } from "../lab/python";

/** The toolbox's own checks, ruff, mypy and pytest, in the locked environments of the lab: `npm run test:toolbox -- [pytest options]`. */
async function main(): Promise<number> {
  const paths = labPaths();
  for (const name of environments) await installEnvironment(paths, name, (line) => console.log(line));
  // Its S3 server is what backups are tested with.
  await installFromLock("rehearsal", { report: (line) => console.log(line) });
  const toolbox = path.join(paths.project, "toolbox");
  const run = (module: string, ...args: string[]) =>
    spawnSync(path.join(paths.python, "toolbox", "bin", "python"), ["-m", module, ...args], {
      cwd: toolbox,
      env: { ...process.env, SERVING_ENVIRONMENT: path.join(paths.python, "serving") },
      stdio: "inherit",
    }).status ?? 1;
  // Tutorials have no project file of their own.
  const linted = run("ruff", "check", "--config", "pyproject.toml", ".", "../tutorials");
  const typed = run("mypy");
  const tested = run("pytest", ...process.argv.slice(2));
  return linted || typed || tested;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

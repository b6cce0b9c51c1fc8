import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { cluster, project } from "./running-cluster";

/**
 * `npm run test:cluster`: says in one sentence when there is no cluster, before anything is started.
 * `-- --if-available` (or IF_AVAILABLE=1) makes that no failure; what else is given goes to jest.
 */
const args = process.argv.slice(2);
const optional = args.includes("--if-available") || process.env["IF_AVAILABLE"] === "1";
const problem = cluster();
if (problem) {
  console.error(`${optional ? "Skipped" : "The cluster suite cannot run"}: ${problem}`);
  process.exit(optional ? 0 : 1);
}
const jest = path.join(project, "node_modules/.bin/jest");
const rest = args.filter((each) => each !== "--if-available");
const { status } = spawnSync(jest, ["--config", "jest.cluster.config.js", "--runInBand", ...rest], {
  cwd: project,
  stdio: "inherit",
});
process.exit(status ?? 1);

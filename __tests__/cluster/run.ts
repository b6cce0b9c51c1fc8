import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { findTerraform } from "../../deployment/programs";
import { synthesize } from "../../deployment/synthesize";
import { Terraform } from "../../deployment/terraform";
import { cluster, project, writeEnvironment } from "./running-cluster";

/**
 * `npm run test:cluster`: says in one sentence when there is no cluster, before anything is started.
 * `-- --if-available` (or IF_AVAILABLE=1) makes that no failure; what else is given goes to jest.
 */
async function main(args: readonly string[]): Promise<number> {
  const optional = args.includes("--if-available") || process.env["IF_AVAILABLE"] === "1";
  const problem = cluster();
  if (problem) {
    console.error(`${optional ? "Skipped" : "The cluster suite cannot run"}: ${problem}`);
    return optional ? 0 : 1;
  }
  const lacking = await withoutTerraform();
  if (lacking) {
    console.error(
      `Terraform's providers cannot be had, so helm installs the releases; killed deployments, the second plan, the upgrade and recovery are not shown.\n${lacking}`,
    );
  }
  const jest = path.join(project, "node_modules/.bin/jest");
  const rest = args.filter((each) => each !== "--if-available");
  const suite = lacking ? "cluster/by-helm.cluster" : "cluster/platform.cluster";
  const { status } = spawnSync(jest, ["--config", "jest.cluster.config.js", "--runInBand", suite, ...rest], {
    cwd: project,
    stdio: "inherit",
  });
  return status ?? 1;
}

/** Why Terraform cannot install the platform; undefined where it can. */
async function withoutTerraform(): Promise<string | undefined> {
  const { stacks } = synthesize(writeEnvironment());
  try {
    const program = await findTerraform();
    for (const { folder } of stacks) await new Terraform(program, folder).init(() => {});
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

import { Command } from "commander";
import { warnings } from "../constructs/contracts/load";
import { type DeployResult, deploy } from "../deployment/deploy";
import { findTerraform } from "../deployment/programs";
import { type Synthesis, synthesize } from "../deployment/synthesize";
import { signInHelp } from "../deployment/ways";
import { table } from "./lab-output";
import { rightAccount } from "./right-account";
import { runShown } from "./run-shown";

export function deployCommand(): Command {
  return new Command("deploy")
    .description(
      "Deploy an environment, wait until each tool answers, and try it. Run again after any failure: it goes on.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--no-smoke", "do not try it as people do when it is there")
    .option("--json", "print one JSON document at the end, instead of a live list")
    .action(async (name: string, options: { smoke: boolean; json?: boolean }) => {
      const terraform = await findTerraform();
      const today = new Date();
      const synthesis = synthesize(name, today);
      for (const warning of warnings(synthesis.environment, today)) console.error(`warning: ${warning}`);
      await rightAccount(synthesis.environment, "deploy");
      const began = Date.now();
      const result = await runShown(options.json ?? false, (watch) =>
        deploy(synthesis, { ...watch, terraform, smoke: options.smoke }),
      );
      report(synthesis, result, Math.round((Date.now() - began) / 1000), options.json ?? false);
    });
}

function report(synthesis: Synthesis, result: DeployResult, seconds: number, json: boolean): void {
  const { environment, components } = synthesis;
  if (json) {
    const addresses = Object.fromEntries(components.map(({ role, offer }) => [role, offer.address]));
    console.log(JSON.stringify({ environment: environment.name, seconds, ...result, addresses }));
    return;
  }
  for (const warning of result.warnings) console.log(`warning: ${warning}`);
  console.log(`\n${environment.name} is deployed, after ${seconds} s.\n`);
  const rows = components.flatMap(({ name, way }) => (way ? [["", name, way.open, way.run ?? ""]] : []));
  console.log(table([["", "TOOL", "OPEN", "AFTER RUNNING"], ...rows]));
  console.log(`\n  ${signInHelp(components, environment).join("\n  ")}`);
}

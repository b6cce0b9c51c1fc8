import { readdirSync } from "node:fs";
import * as path from "node:path";
import { App } from "cdktf";
import { catalogue } from "./constructs/components/catalogue";
import { loadEnvironments, warnings } from "./constructs/contracts/load";
import { InvalidInputError } from "./constructs/contracts/problems";
import { addStacks } from "./stacks/stacks";

/** The CDKTF app: every environment in `environments/` becomes its stacks. */
async function main(): Promise<void> {
  const folder = path.join(__dirname, "environments");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const inputs = await Promise.all(
    files.sort().map(async (file) => ((await import(path.join(folder, file))) as { default: unknown }).default),
  );
  const today = new Date();
  const environments = loadEnvironments(inputs, catalogue, today);
  for (const warning of environments.flatMap((each) => warnings(each, today))) console.warn(`warning: ${warning}`);
  const app = new App();
  addStacks(app, environments);
  app.synth();
}

main().catch((error: unknown) => {
  // What is wrong with an environment is said in full; where in our code it was noticed helps nobody.
  console.error(error instanceof InvalidInputError ? error.message : error);
  process.exitCode = 1;
});

import { readdirSync } from "node:fs";
import * as path from "node:path";
import { catalogue } from "../constructs/components/catalogue";
import { hasFailed, judge, printed } from "./matrix";
import { rules } from "./rules";
import { isWatched, subjectsOf } from "./subject";

/** `npm run conformance [-- --json]`: the rules of the house over every component and environment. Exit code 1: one failed. */
async function main(): Promise<void> {
  const folder = path.join(__dirname, "..", "environments");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const inputs = await Promise.all(
    files.map(async (file) => ((await import(path.join(folder, file))) as { default: unknown }).default),
  );
  const subjects = subjectsOf(inputs, catalogue);
  const cells = judge(rules, subjects);
  const environments = [...new Set(subjects.map(({ environment }) => environment))];
  const unwatched = environments.filter((name) =>
    subjects.some(({ environment, platform }) => environment === name && !isWatched(platform)),
  );
  if (process.argv.includes("--json")) {
    const table = rules.map(({ id, commandment, says }) => ({ id, commandment, says }));
    console.log(JSON.stringify({ environments, unwatched, rules: table, cells }, null, 2));
  } else {
    console.log(printed(rules, cells, environments, unwatched));
  }
  process.exitCode = cells.some(hasFailed) ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

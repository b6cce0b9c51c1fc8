import { Command } from "commander";
import type { AwsLeftover } from "../deployment/aws/leftover";
import type { Removal } from "../deployment/aws/sweep";
import { DeploymentError } from "../deployment/errors";
import { synthesize } from "../deployment/synthesize";
import { LabError } from "../lab/errors";
import { agreed } from "./agreed";
import { table } from "./lab-output";
import { runShown } from "./run-shown";

interface Options {
  readonly remove?: boolean;
  readonly withData?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export function leftoversCommand(): Command {
  return new Command("leftovers")
    .description(
      "List what is left of an AWS environment that was destroyed, with what it costs, and remove it. Exits with 1 when something is left.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--remove", "show what would be removed, ask, and remove it")
    .option("--with-data", "also remove what cannot be made again: people's volumes, snapshots, buckets, keys")
    .option("--yes", "do not ask")
    .option("--json", "print as JSON")
    .action(leftovers);
}

async function leftovers(name: string, options: Options): Promise<void> {
  const { environment, stacks } = synthesize(name);
  if (environment.place !== "aws")
    throw new DeploymentError(
      `The environment "${environment.name}" is not on AWS; \`mlops destroy\` lists what is left in its cluster`,
    );
  // The clients of AWS take a second to load; no other command pays for them.
  const aws = require("../deployment/aws") as typeof import("../deployment/aws");
  await aws.tellingFaults(async () => {
    const place = aws.awsPlace(environment);
    const standing = await aws.standingOf(place, stacks);
    let left = await aws.findAwsLeftovers(place, standing.known);
    let removals: Removal[] = [];
    const chosen = aws.removable(left, options.withData ?? false);
    const say = (line: string) => {
      if (!options.json) console.log(line);
    };
    if (!options.remove) show(left, say);
    else if (standing.reasons.length > 0) {
      show(left, say);
      say("\nNothing was removed, because these are no leftovers yet.");
    } else if (chosen.length === 0) {
      show(left, say);
      if (left.length > 0)
        say("\nNothing of it is removed without being asked for: see --with-data, and the remedies.");
    } else if (await confirmed(chosen, left, options, say)) {
      removals = await runShown(options.json ?? false, ({ board }) => aws.sweep(place, chosen, { board }));
      for (const { left: each, failed } of removals)
        say(`${failed ? "not removed" : "removed"}: ${each.kind} ${each.name}${failed ? `: ${failed}` : ""}`);
      left = await aws.findAwsLeftovers(place, standing.known);
      say("");
      show(left, say);
    } else say("Nothing was removed.");
    for (const reason of standing.reasons) say(`\n${environment.name} is not gone: ${reason}.`);
    if (standing.count > 0)
      say(`\n${standing.count} resources are still in Terraform's state: \`mlops destroy ${name}\` removes those.`);
    if (options.json) {
      const { reasons, count } = standing;
      console.log(JSON.stringify({ environment: environment.name, standing: reasons, inState: count, left, removals }));
    }
    if (standing.count > 0 || left.some(({ goesWith }) => goesWith !== "time")) process.exitCode = 1;
  });
}

/** Shows what would be removed, and asks. */
async function confirmed(
  chosen: readonly AwsLeftover[],
  left: readonly AwsLeftover[],
  options: Options,
  say: (line: string) => void,
): Promise<boolean> {
  say(`This would be removed, in this order:\n${chosen.map((each) => `  - ${each.kind} ${each.name}`).join("\n")}`);
  const kept = left.filter((each) => !chosen.includes(each));
  if (kept.length > 0)
    say(`\nThis would stay:\n${kept.map((each) => `  - ${each.kind} ${each.name}: ${whyKept(each)}`).join("\n")}`);
  if (options.yes) return true;
  if (!process.stdin.isTTY || options.json)
    throw new LabError("`mlops leftovers --remove` asks first; pass --yes where nobody can answer");
  return agreed('\nType "remove" to go on: ', "remove");
}

function whyKept({ data, goesWith, remedy }: AwsLeftover): string {
  if (goesWith) return remedy;
  return data ? "it holds data; add --with-data" : remedy;
}

function show(left: readonly AwsLeftover[], say: (line: string) => void): void {
  if (left.length === 0) {
    say("Nothing is left in AWS.");
    return;
  }
  const rows = left.map(({ kind, name, monthly, because, remedy }) => [
    kind,
    name,
    monthly === undefined ? "?" : monthly.toFixed(2),
    because,
    remedy,
  ]);
  say(table([["KIND", "NAME", "$/MONTH", "WHY IT IS OURS", "REMEDY"], ...rows]));
  const sum = left.reduce((total, { monthly = 0 }) => total + monthly, 0);
  say(`\n${left.length} things, for about $${sum.toFixed(2)} a month and whatever has a question mark.`);
}

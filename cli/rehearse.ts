import { Command } from "commander";
import { DeploymentError } from "../deployment/errors";
import { findTerraform } from "../deployment/programs";
import { readEnvironment } from "../deployment/synthesize";
import type { LeftOut } from "../rehearsal/fit";
import { type Rehearsal, rehearse } from "../rehearsal/rehearse";
import { runShown } from "./run-shown";

export function rehearseCommand(): Command {
  return new Command("rehearse")
    .description(
      "Apply an environment's AWS stack to an emulator on this machine, plan again, destroy, and look what is left. Exits with 1 when the second plan is not empty or something is left.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--json", "print one JSON document at the end, instead of a live list")
    .option("--keep", "leave the folder with the stack's copy, its state and its logs")
    .action(async (name: string, options: { json?: boolean; keep?: boolean }) => {
      const environment = readEnvironment(name);
      if (environment.place !== "aws") {
        throw new DeploymentError(
          `The environment "${environment.name}" makes nothing in AWS, so there is nothing to rehearse; name one with \`place: "aws"\``,
        );
      }
      const program = await findTerraform();
      const result = await runShown(options.json ?? false, (watch) =>
        rehearse(environment, { ...watch, program, keep: options.keep }),
      );
      console.log(options.json ? JSON.stringify(result) : `\n${summary(result).join("\n")}`);
      if (result.secondPlan.length > 0 || result.left.length > 0) process.exitCode = 1;
    });
}

function summary(result: Rehearsal): string[] {
  const { provider, made, secondPlan, left, waiting, resourcesLeftOut, argumentsLeftOut } = result;
  const seconds = Object.values(result.seconds).reduce((sum, each) => sum + each, 0);
  const version =
    provider.version === provider.pinned ? "the pinned one" : `the pinned one, ${provider.pinned}, could not be had`;
  return [
    `${result.environment}: ${made} resources in ${Math.round(seconds)} s, by ${result.terraform} with AWS provider ${provider.version} (${version}), on ${result.emulator}.`,
    secondPlan.length === 0 ? "A second plan is empty." : list("A second plan would change", secondPlan),
    ...(result.wasProtected
      ? ["It is protected, so it was left as people leave it: `protect: false`, another apply, then destroy."]
      : []),
    left.length === 0 ? "Destroyed, and nothing is left." : list("Left after destroy", left),
    ...(waiting.length > 0 ? [list("Removed by AWS after its own waiting time", waiting)] : []),
    ...leftOut("Resources that were not rehearsed", resourcesLeftOut),
    ...leftOut("Arguments that were not rehearsed", argumentsLeftOut),
  ];
}

function leftOut(title: string, all: readonly LeftOut[]): string[] {
  if (all.length === 0) return [];
  return [
    list(
      title,
      all.map(({ what, reason }) => `${what}: ${reason}`),
    ),
  ];
}

function list(title: string, lines: readonly string[]): string {
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

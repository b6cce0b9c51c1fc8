import { Command, InvalidArgumentError } from "commander";
import { connect } from "../deployment/connection";
import { gpuTry, proveGpu } from "../deployment/gpu";
import { readEnvironment } from "../deployment/synthesize";
import { runShown } from "./run-shown";

export function gpuCommand(): Command {
  return new Command("gpu")
    .description(
      "Prove that an environment's GPUs work: a job on one shows driver, device plugin and CUDA. Says what it waits for.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option("--timeout <seconds>", "until it is given up; an empty group starts a node first", seconds, 900)
    .option("--json", "print one JSON document at the end, instead of a live list")
    .action(async (name: string, options: { timeout: number; json?: boolean }) => {
      const environment = readEnvironment(name);
      const tried = gpuTry(environment, options.timeout);
      const kubectl = await connect(environment);
      const proof = await runShown(options.json ?? false, ({ board }) => proveGpu(kubectl, board, tried));
      if (options.json) console.log(JSON.stringify(proof));
      else console.log(`\n${proof.gpu} with ${proof.memory} on ${proof.node}, driver ${proof.driver}: ${proof.result}`);
    });
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("use a whole number of seconds, 1 or more");
  return value;
}

import { type CommandResult, runCommand } from "../lab/run-command";
import { DeploymentError } from "./errors";

/** Runs a command to its end, as `runCommand` does; tests give another. */
export type Run = (
  command: string,
  args: readonly string[],
) => Promise<Pick<CommandResult, "code" | "stdout" | "output">>;

export interface TerraformProgram {
  readonly command: string;
  readonly name: "Terraform" | "OpenTofu";
  readonly version: string;
}

/** The oldest of both that knows what the stacks use: the lock that S3 itself keeps. */
export const terraformMinimum = "1.10";

/**
 * Terraform or OpenTofu: what `TERRAFORM` names, else the first of the two on PATH.
 *
 * @throws DeploymentError where there is none, or it is too old
 */
export async function findTerraform(
  run: Run = runCommand,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TerraformProgram> {
  const named = env["TERRAFORM"];
  for (const command of named ? [named] : ["terraform", "tofu"]) {
    const asked = await run(command, ["version", "-json"]);
    if (asked.code !== 0) continue;
    const version = /"terraform_version":\s*"([^"]+)"/.exec(asked.stdout)?.[1];
    if (!version) continue;
    // OpenTofu answers with the same key; its own text says who it is.
    const tofu = /opentofu|tofu/i.test(`${command} ${(await run(command, ["version"])).stdout}`);
    if (!atLeast(version, terraformMinimum)) {
      throw new DeploymentError(
        `${command} is ${version}; install Terraform ${terraformMinimum} or OpenTofu ${terraformMinimum}, or later ones`,
      );
    }
    return { command, name: tofu ? "OpenTofu" : "Terraform", version };
  }
  throw new DeploymentError(
    named
      ? `TERRAFORM is "${named}", which is neither Terraform nor OpenTofu; name the program, or unset it`
      : `Neither terraform nor tofu is on PATH; install Terraform ${terraformMinimum} or OpenTofu ${terraformMinimum}, or name one in TERRAFORM`,
  );
}

/** Whether a version such as `1.11.4` or `v1.35` is at least another; only numbers count. */
export function atLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => (text.match(/\d+/g) ?? []).map(Number);
  const [have, want] = [numbers(version), numbers(minimum)];
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [have[i] ?? 0, want[i] ?? 0];
    if (a !== b) return a > b;
  }
  return true;
}

import * as fs from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { DeploymentError } from "../deployment/errors";
import type { TerraformProgram } from "../deployment/programs";
import { Terraform } from "../deployment/terraform";
import { labPaths } from "../lab/paths";
import { runCommand } from "../lab/run-command";
import type { ProviderSchema } from "./fit";
import type { StackJson } from "./stack-json";

/** The AWS provider that was found. */
export interface FoundProvider {
  readonly version: string;
  /** The version that the stack asks for. */
  readonly pinned: string;
  /** What the provider knows, where it is not the pinned one. */
  readonly schema?: ProviderSchema;
  /** Variables by which every later `init` finds the same, without a network. */
  readonly env: NodeJS.ProcessEnv;
}

export interface FindOptions {
  readonly program: TerraformProgram;
  /** An empty folder to try in. */
  readonly folder: string;
  readonly pinned: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
}

/**
 * Gets the pinned AWS provider from wherever Terraform finds it, or from a folder with providers. Where it cannot be
 * had, any other version that is on this machine: a rehearsal with an older one is worth more than none.
 */
export async function findProvider(options: FindOptions): Promise<FoundProvider> {
  const { pinned, folder } = options;
  // Downloaded once for all rehearsals: the provider alone has several hundred megabytes.
  const cache = options.env["TF_PLUGIN_CACHE_DIR"] ?? path.join(labPaths().root, "terraform-providers");
  fs.mkdirSync(cache, { recursive: true });
  const base = {
    ...options.env,
    TF_PLUGIN_CACHE_DIR: cache,
    // The lock of checksums is the trial's own, and is thrown away.
    TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE: "1",
  };
  // A folder of this machine is used as it is, without a copy.
  const mirrors = mirrorFolders(options.env).map((mirror) => ({
    ...options.env,
    TF_CLI_ARGS_init: `-plugin-dir=${mirror}`,
  }));
  const errors: string[] = [];
  for (const version of [pinned, undefined]) {
    for (const env of [base, ...mirrors]) {
      writeStack(folder, version);
      try {
        await new Terraform(options.program, folder, env).init(options.say);
      } catch (error) {
        if (error instanceof DeploymentError && errors.length === 0) errors.push(...error.details);
        continue;
      }
      // Where it is now is a folder with providers too: whatever runs later needs neither network nor mirror.
      const later = { ...options.env, TF_CLI_ARGS_init: `-plugin-dir=${path.join(folder, ".terraform", "providers")}` };
      if (version) return { version, pinned, env: later };
      options.say("asking the provider what it knows");
      return { ...(await ask(options.program, folder, env)), pinned, env: later };
    }
  }
  throw new DeploymentError(
    `No AWS provider could be had, neither ${pinned} nor another; check the network, or name a folder with providers in TERRAFORM_PROVIDERS`,
    errors,
  );
}

/** Folders that hold providers on machines without a network: the named one, Terraform's own, and a usual one of images. */
function mirrorFolders(env: NodeJS.ProcessEnv): string[] {
  const named = env["TERRAFORM_PROVIDERS"];
  const usual = [
    path.join(homedir(), ".terraform.d", "plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
    "/opt/tf-plugins",
  ];
  return (named ? [path.resolve(named)] : usual).filter((folder) => fs.existsSync(folder));
}

function writeStack(folder: string, version: string | undefined): void {
  const aws = { source: "hashicorp/aws", ...(version ? { version } : {}) };
  const stack: StackJson = { terraform: { required_providers: { aws } } };
  fs.rmSync(path.join(folder, ".terraform.lock.hcl"), { force: true });
  fs.writeFileSync(path.join(folder, "main.tf.json"), JSON.stringify(stack));
}

async function ask(program: TerraformProgram, folder: string, env: NodeJS.ProcessEnv) {
  const run = (...args: string[]) => runCommand(program.command, [`-chdir=${folder}`, ...args], { env });
  const asked = await run("version", "-json");
  const { provider_selections: selected } = JSON.parse(asked.stdout) as { provider_selections: Record<string, string> };
  const version = Object.entries(selected).find(([name]) => name.endsWith("/hashicorp/aws"))?.[1] ?? "unknown";
  const answer = await run("providers", "schema", "-json");
  if (answer.code !== 0)
    throw new DeploymentError(`${program.name} cannot tell what its AWS provider knows`, answer.output.slice(-5));
  const { provider_schemas: schemas } = JSON.parse(answer.stdout) as {
    provider_schemas: Record<string, ProviderSchema>;
  };
  const schema = Object.entries(schemas).find(([name]) => name.endsWith("/hashicorp/aws"))?.[1];
  return { version, schema };
}

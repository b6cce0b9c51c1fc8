import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { TerraformProgram } from "../../deployment/programs";
import type { SynthesizedStack } from "../../deployment/synthesize";

export const terraform: TerraformProgram = {
  command: process.env["TERRAFORM"] ?? "terraform",
  name: "Terraform",
  version: "",
};

/** One resource of Terraform's own provider, which needs no download: it runs a command when it is made. */
export interface Part {
  readonly component: string;
  readonly command?: string;
}

/** A stack in a folder of its own, with a local state as the real ones have. Each part comes after the one before. */
export function tinyStack(parts: readonly Part[]): SynthesizedStack & { readonly root: string } {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "tiny-stack-"));
  const folder = path.join(root, "cdktf.out", "stacks", "tiny-platform");
  fs.mkdirSync(folder, { recursive: true });
  const ids = parts.map((_, index) => `part_${index}`);
  const resources = parts.map(({ command = "true" }, index) => ({
    input: "1",
    provisioner: [{ "local-exec": { command } }],
    ...(index > 0 ? { depends_on: [`terraform_data.${ids[index - 1]}`] } : {}),
  }));
  const stack = {
    terraform: { backend: { local: { path: "../../../.state/tiny-platform.tfstate" } } },
    resource: { terraform_data: Object.fromEntries(ids.map((id, index) => [id, resources[index]])) },
  };
  fs.writeFileSync(path.join(folder, "cdk.tf.json"), JSON.stringify(stack));
  return {
    name: "tiny-platform",
    root,
    folder,
    isPlatform: true,
    localState: true,
    releases: [],
    namespaces: [],
    outputs: {},
    paths: new Map(
      ids.map((id, index) => [`terraform_data.${id}`, `platform/${parts[index]?.component}/chart/release`]),
    ),
  };
}

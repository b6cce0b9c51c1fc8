import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { findTerraform } from "../../deployment/programs";
import { runCommand } from "../../lab/run-command";
import { fitStack } from "../../rehearsal/fit";
import { findProvider } from "../../rehearsal/provider";
import type { StackJson } from "../../rehearsal/stack-json";
import type { Seen } from "../support/environment-property";

/**
 * A thousand environments that nobody thought of, of which the real Terraform looks at a sample with the real provider:
 * what validates here and fails there would only be found by a person, half-way through a deployment.
 */
const environments = 1000;
const sample = 25;
const batchSize = 100;

const folder = fs.mkdtempSync(path.join(tmpdir(), "environments-"));

test("a thousand environments on AWS are refused with reasons, or become stacks in which nothing is open", async () => {
  const seen = await inBatches("cluster", environments);
  console.log(`${seen.synthesized} synthesized, ${seen.refused} refused`);
  expect(seen.refused + seen.synthesized).toBe(environments);
  expect(seen.refused).toBeGreaterThan(100);
  expect(seen.synthesized).toBeGreaterThan(500);
});

test("Terraform takes a sample of them with the real provider", async () => {
  const kept = fs.readdirSync(folder).sort();
  const every = Math.floor(kept.length / sample);
  const looked = kept.filter((_, index) => index % every === 0).slice(0, sample);
  expect(looked).toHaveLength(sample);
  const stacks = looked.map((file) => JSON.parse(fs.readFileSync(path.join(folder, file), "utf8")) as StackJson);
  const { version, problems } = await validate(stacks);
  console.log(`terraform validate: ${sample} stacks, with the AWS provider ${version}`);
  expect(problems).toEqual([]);
});

test("environments in a cluster that exists become a platform that knows no cloud", async () => {
  const seen = await inBatches("platform", environments / 5);
  expect(seen.refused).toBeGreaterThan(10);
  expect(seen.synthesized).toBeGreaterThan(10);
});

/** Two batches at a time: each process takes up to 1 GB. */
async function inBatches(kind: "cluster" | "platform", runs: number): Promise<Seen> {
  const seen: Seen = { refused: 0, synthesized: 0 };
  const seeds = Array.from({ length: runs / batchSize }, (_, index) => index + 1).values();
  async function worker(): Promise<void> {
    for (const seed of seeds) {
      const args = ["--import", "tsx", path.join(__dirname, "batch.ts"), kind, `${batchSize}`, `${seed}`, folder];
      const { code, stdout, output } = await runCommand(process.execPath, args);
      if (code !== 0) throw new Error(`batch ${seed} failed:\n${output.join("\n")}`);
      const found = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Seen;
      seen.refused += found.refused;
      seen.synthesized += found.synthesized;
    }
  }
  await Promise.all([worker(), worker()]);
  return seen;
}

/** What Terraform finds wrong with the stacks, one after the other in one folder: the provider is got once. */
async function validate(stacks: readonly StackJson[]): Promise<{ version: string; problems: string[] }> {
  const program = await findTerraform();
  const folder = fs.mkdtempSync(path.join(tmpdir(), "validate-"));
  const pinned = String(stacks[0]?.terraform?.required_providers?.["aws"]?.["version"]);
  const provider = await findProvider({ program, folder, pinned, env: process.env, say: () => {} });
  const problems: string[] = [];
  for (const [index, stack] of stacks.entries()) {
    const fitted = fitStack(stack, provider.schema).stack;
    const { terraform: _, ...rest } = fitted;
    fs.writeFileSync(path.join(folder, "stack.tf.json"), JSON.stringify(rest));
    const { stdout } = await runCommand(program.command, [`-chdir=${folder}`, "validate", "-json"], {
      env: provider.env,
    });
    const { diagnostics = [] } = JSON.parse(stdout) as {
      diagnostics?: { severity: string; summary: string; detail: string }[];
    };
    for (const { severity, summary, detail } of diagnostics)
      if (severity === "error") problems.push(`environment ${index}: ${summary}: ${detail}`);
  }
  return { version: provider.version, problems };
}

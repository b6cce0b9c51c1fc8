import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { findTerraform } from "../../deployment/programs";
import { runCommand } from "../../lab/run-command";
import { fitStack } from "../../rehearsal/fit";
import { findProvider } from "../../rehearsal/provider";
import type { StackJson } from "../../rehearsal/stack-json";
import type { Seen } from "../support/environment-property";
import type { Stacks } from "../support/synth";

/**
 * A thousand environments that nobody thought of, of which the real Terraform looks at a sample with the real provider:
 * what validates here and fails there would only be found by a person, half-way through a deployment.
 */
const environments = 1000;
const sample = 25;
const batchSize = 100;

test("a thousand environments on AWS are refused with reasons, or become stacks in which nothing is open", async () => {
  const kept: StackJson[] = [];
  let synthesized = 0;
  const seen = inBatches("onAws", "cluster", environments, (stacks, name) => {
    // Spread over all of them, and no more than are looked at.
    const due = synthesized % 20 === 0 && kept.length < sample;
    if (due) kept.push(stacks[`${name}-cluster`] as unknown as StackJson);
    synthesized += 1;
  });
  expect(seen.refused + seen.synthesized).toBe(environments);
  expect(seen.refused).toBeGreaterThan(100);
  expect(seen.synthesized).toBeGreaterThan(500);
  console.log(`${seen.synthesized} synthesized, ${seen.refused} refused`);

  expect(kept).toHaveLength(sample);
  const { version, problems } = await validate(kept);
  console.log(`terraform validate: ${sample} of them, with the AWS provider ${version}`);
  expect(problems).toEqual([]);
});

test("as many in a cluster that exists become a platform that knows no cloud", () => {
  const seen = inBatches("inExisting", "platform", environments / 5);
  expect(seen.refused).toBeGreaterThan(10);
  expect(seen.synthesized).toBeGreaterThan(10);
});

/**
 * CDKTF keeps every token of every app of a process, and by them the apps: a thousand of them fill its memory. So each
 * hundred gets CDKTF anew.
 */
function inBatches(
  arbitrary: "onAws" | "inExisting",
  kind: "cluster" | "platform",
  runs: number,
  each?: (stacks: Stacks, name: string) => void,
): Seen {
  const seen: Seen = { refused: 0, synthesized: 0 };
  for (let batch = 0; batch * batchSize < runs; batch += 1) {
    jest.resetModules();
    delete (globalThis as { __cdktfTokenMap?: unknown }).__cdktfTokenMap;
    const { holds } = require("../support/environment-property") as typeof import("../support/environment-property");
    const environments =
      require("../support/arbitrary-environments") as typeof import("../support/arbitrary-environments");
    const found = holds(environments[arbitrary], kind, batchSize, each, batch);
    seen.refused += found.refused;
    seen.synthesized += found.synthesized;
  }
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

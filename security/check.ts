import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { App } from "cdktf";
import { catalogue } from "../constructs/components/catalogue";
import { loadEnvironments } from "../constructs/contracts/load";
import { installFromLock } from "../lab/python";
import { addStacks } from "../stacks/stacks";
import { type CheckovReport, judge, type WaivedStack } from "./findings";

/**
 * checkov over every stack of every environment: `npm run check:security`. A finding is mended, or waived in the code
 * with its reason (`constructs/aws/waive.ts`); a waiver that nothing needs is a finding too.
 */
async function main(): Promise<number> {
  const environment = await installFromLock("security", { report: (line) => console.log(line) });
  const outdir = mkdtempSync(path.join(tmpdir(), "open-mlops-security-"));
  try {
    await writeStacks(outdir);
    const folder = path.join(outdir, "stacks");
    const stacks = Object.fromEntries(
      readdirSync(folder).map((name) => [
        name,
        JSON.parse(readFileSync(path.join(folder, name, "cdk.tf.json"), "utf8")) as WaivedStack,
      ]),
    );
    const { waived, problems } = judge(checkov(path.join(environment, "bin"), folder), stacks);
    for (const { check, path: at, reason } of waived) console.log(`waived  ${check} ${at}: ${reason}`);
    for (const problem of problems) console.error(`FAILED  ${problem}`);
    console.log(`${Object.keys(stacks).length} stacks, ${problems.length} findings, ${waived.length} waived`);
    return problems.length > 0 ? 1 : 0;
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

async function writeStacks(outdir: string): Promise<void> {
  const folder = path.join(__dirname, "..", "environments");
  const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
  const inputs = await Promise.all(
    files.map(async (file) => ((await import(path.join(folder, file))) as { default: unknown }).default),
  );
  const app = new App({ outdir });
  addStacks(app, loadEnvironments(inputs, catalogue));
  app.synth();
}

/** Runs checkov with the rules that it brings, and nothing from a network. */
function checkov(bin: string, folder: string): CheckovReport {
  const args = ["--directory", folder, "--framework", "terraform_json", "--output", "json", "--compact"];
  const { status, stdout, stderr, error } = spawnSync(
    path.join(bin, "python"),
    [path.join(bin, "checkov"), ...args, "--skip-download", "--soft-fail"],
    { encoding: "utf8", maxBuffer: 256 * 1024 * 1024 },
  );
  if (status !== 0) throw error ?? new Error(`checkov failed (${status}):\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as CheckovReport;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);

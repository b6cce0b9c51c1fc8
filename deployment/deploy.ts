import { setTimeout as sleep } from "node:timers/promises";
import { waitUntilAnswering } from "./answering";
import type { Board } from "./board";
import { connect } from "./connection";
import { DeploymentError } from "./errors";
import type { Kubectl } from "./kubectl";
import type { TerraformProgram } from "./programs";
import { Progress } from "./progress";
import { type SmokeStep, smokeTest } from "./smoke";
import { forget, orphanedProviders, staleRevisions } from "./stale-releases";
import { isThere } from "./state-bucket";
import type { Synthesis, SynthesizedStack } from "./synthesize";
import { describeErrors, type Outcome, Terraform } from "./terraform";
import { describeDiagnostic } from "./terraform-events";

export interface DeployOptions {
  readonly board: Board;
  readonly terraform: TerraformProgram;
  readonly smoke: boolean;
  /** Called with each Terraform that runs, for whoever passes an interrupt on. */
  readonly onRun: (run: Terraform) => void;
}

export interface DeployResult {
  /** Resources made, changed and removed, by stack. */
  readonly changes: Readonly<Record<string, Outcome["changes"]>>;
  readonly warnings: readonly string[];
  readonly smoke: readonly SmokeStep[] | undefined;
}

/**
 * Deploys an environment's stacks in order, waits until each tool answers, and works with it once. Safe to run again
 * after any failure: it goes on where the last run has ended.
 *
 * @throws DeploymentError with what failed and why
 */
export async function deploy(synthesis: Synthesis, options: DeployOptions): Promise<DeployResult> {
  const { board } = options;
  const names = synthesis.components.map(({ name }) => name);
  const changes: Record<string, Outcome["changes"]> = {};
  const warnings: string[] = [];
  const began = new Date();
  for (const stack of synthesis.stacks) {
    const { environment } = synthesis;
    if (stack.isPlatform && environment.place === "aws") {
      // Loaded where it is used: a cluster that exists needs no clients of AWS.
      const { waitForImages } = require("./images") as typeof import("./images");
      await waitForImages(environment, board, began);
    }
    const terraform = new Terraform(options.terraform, stack.folder);
    options.onRun(terraform);
    await board.step(`${stack.name}: providers`, (say) => terraform.init(say));
    await waitForLock(terraform, stack, board);
    if (stack.stateBucket && (await terraform.resources()).length === 0 && (await isThere(stack.stateBucket))) {
      board.done(stack.name, "the bucket is there, made from another machine");
      continue;
    }
    if (stack.isPlatform) await clearStaleReleases(await connect(synthesis.environment), synthesis, terraform, board);
    const outcome = await runStack(stack, names, board, (onEvent) => terraform.apply(onEvent));
    changes[stack.name] = outcome.changes;
    warnings.push(...outcome.warnings.map(describeDiagnostic));
  }
  const kubectl = await connect(synthesis.environment);
  await waitUntilAnswering(kubectl, synthesis.components, board);
  const smoke = options.smoke ? await smokeTest(kubectl, synthesis.components, board) : undefined;
  return { changes, warnings, smoke };
}

/** Runs Terraform over one stack, and shows it by component. */
export async function runStack(
  stack: SynthesizedStack,
  /** The names of the components, each of which is a row. */
  components: readonly string[],
  board: Board,
  run: (onEvent: Parameters<Terraform["apply"]>[0]) => Promise<Outcome>,
): Promise<Outcome> {
  const progress = new Progress(board, stack.paths, components);
  const row = stack.name;
  board.running(row, "comparing");
  const outcome = await run((event) => {
    progress.on(event);
    if (event.type === "change_summary" && event.changes?.operation === "plan")
      board.done(row, event["@message"]?.replace(/^Plan: /, "") ?? "");
  });
  progress.over();
  if (outcome.ok) {
    board.done(row, describeChanges(outcome.changes));
    return outcome;
  }
  const errors = describeErrors(outcome);
  board.failed(row, outcome.interrupted ? "stopped as asked" : (errors[0] ?? "failed"));
  throw new DeploymentError(
    outcome.interrupted
      ? `${stack.name} was stopped as asked; run the same command again to go on`
      : `${stack.name} failed; mend what is said below and run the same command again: it goes on from here`,
    errors,
  );
}

/** Waits while another run works on the stack; explains a lock that nobody may ever give back. */
export async function waitForLock(
  terraform: Terraform,
  stack: SynthesizedStack,
  board: Board,
  patience = 1_800_000,
): Promise<void> {
  const row = `${stack.name}: another run`;
  const deadline = Date.now() + patience;
  let waited = false;
  for (;;) {
    const holder = await terraform.lockHolder();
    if (!holder) break;
    const who = `${holder.operation} of ${holder.who}, since ${holder.created}`;
    board.running(row, `waiting for the ${who}`);
    // A file of this machine is locked by a living process; a lock in a bucket may be left by one that was killed.
    if (Date.now() > deadline || (!stack.localState && waited)) {
      board.failed(row, who);
      throw new DeploymentError(`${stack.name} is locked by the ${who}`, [
        "When that run is still at work, wait for it. When it was killed, give its lock back:",
        `terraform -chdir=${stack.folder} force-unlock ${holder.id}`,
      ]);
    }
    waited = true;
    await sleep(stack.localState ? 1000 : 30_000);
  }
  if (waited) board.done(row, "has ended");
}

/** Clears what a killed run has left half-way in Helm. The state's lock is free, so no run of ours is at work. */
export async function clearStaleReleases(
  kubectl: Kubectl,
  synthesis: Synthesis,
  terraform: Terraform,
  board: Board,
): Promise<void> {
  const row = "releases left half-way";
  let stale = await staleRevisions(kubectl, synthesis.releases);
  if (stale.length === 0) return;
  const names = () => stale.map(({ release, status }) => `${release} (${status})`).join(", ");
  // A provider outlives a killed Terraform and finishes its release; elsewhere than here, a moment must do.
  const settled = Date.now() + 15_000;
  while (stale.length > 0 && (orphanedProviders(terraform.folder).length > 0 || Date.now() < settled)) {
    board.running(row, `waiting for ${names()}`);
    await sleep(1000);
    stale = await staleRevisions(kubectl, synthesis.releases);
  }
  for (const revision of stale) await forget(kubectl, revision);
  board.done(row, stale.length > 0 ? `taken over: ${names()}` : "ended by themselves");
}

export function describeChanges(changes: Outcome["changes"]): string {
  if (!changes || changes.add + changes.change + changes.remove === 0) return "nothing to change";
  return `${changes.add} made, ${changes.change} changed, ${changes.remove} removed`;
}

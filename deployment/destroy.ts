import type { Leaving } from "./aws";
import type { Board } from "./board";
import { connect } from "./connection";
import { clearCustomResources, deleteDefinitions, ourDefinitions } from "./crds";
import { describeChanges, runStack, waitForLock } from "./deploy";
import type { Kubectl, KubernetesObject } from "./kubectl";
import { findLeftovers, type Leftover } from "./leftovers";
import { endMachines } from "./machines";
import type { TerraformProgram } from "./programs";
import type { ClusterEnvironment, Synthesis } from "./synthesize";
import { Terraform } from "./terraform";

export interface DestroyOptions {
  readonly board: Board;
  readonly terraform: TerraformProgram;
  readonly onRun: (run: Terraform) => void;
}

interface Claim extends KubernetesObject {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
}

/** What will be gone, in words: people's homes, models, runs. Empty where the cluster cannot be asked. */
export async function whatIsLost(kubectl: Kubectl, namespaces: readonly string[]): Promise<string[]> {
  const claims = await kubectl.list<Claim>("persistentvolumeclaims", "--all-namespaces");
  const models = await kubectl.list("seldondeployments.machinelearning.seldon.io", "--all-namespaces");
  const ours = (object: KubernetesObject) => namespaces.includes(object.metadata.namespace ?? "");
  const volumes = claims.filter(ours);
  const homes = volumes.filter(({ metadata }) => /^claim-/.test(metadata.name));
  const of = (list: readonly Claim[]) =>
    list.map(({ metadata, spec }) => `${metadata.name} (${spec?.resources?.requests?.storage ?? "?"})`).join(", ");
  const rest = volumes.filter((volume) => !homes.includes(volume));
  return [
    `the namespaces ${namespaces.join(", ")} with everything in them: every secret and password too`,
    ...(homes.length > 0 ? [`${homes.length} homes of people, with their files: ${of(homes)}`] : []),
    ...(rest.length > 0 ? [`${rest.length} volumes of the tools: ${of(rest)}`] : []),
    ...(models.some(ours)
      ? [
          `the served models ${models
            .filter(ours)
            .map((m) => m.metadata.name)
            .join(", ")}`,
        ]
      : []),
  ];
}

/**
 * Destroys an environment's stacks, the platform before its cluster, and looks whether anything of ours is left.
 *
 * @returns what is left; nothing, when all went well
 */
export async function destroy(synthesis: Synthesis, options: DestroyOptions): Promise<Leftover[]> {
  const { board } = options;
  const names = synthesis.components.map(({ name }) => name);
  const parts = [...synthesis.environment.foundation.map(({ name }) => name), ...names];
  let left: Leftover[] = [];
  for (const stack of [...synthesis.stacks].reverse()) {
    if (stack.stateBucket) {
      board.done(
        stack.name,
        `the bucket ${stack.stateBucket.bucket} is kept: it may hold states of other environments`,
      );
      continue;
    }
    const terraform = new Terraform(options.terraform, stack.folder);
    options.onRun(terraform);
    await board.step(`${stack.name}: providers`, (say) => terraform.init(say));
    await waitForLock(terraform, stack, board);
    const destroyed = (await terraform.resources()).length === 0;
    const kubectl =
      stack.isPlatform && !(destroyed && synthesis.stacks.length > 1)
        ? await connect(synthesis.environment)
        : undefined;
    let definitions: string[] = [];
    if (kubectl) {
      definitions = await ourDefinitions(kubectl, parts);
      await board.step(
        "people's models and clusters, and the way in",
        (say) => clearCustomResources(kubectl, parts, say),
        (count) => (count === 0 ? "there are none" : `${count} removed`),
      );
      if (startsMachines(synthesis.environment)) {
        await board.step(
          "machines of Karpenter",
          (say) => endMachines(kubectl, { say }),
          (count) => (count === 0 ? "there are none" : `${count} ended`),
        );
      }
    }
    const leaving = stack.isPlatform ? undefined : leavingOf(synthesis, board);
    await leaving?.before();
    let interrupted = false;
    const run = () =>
      runStack(stack, names, board, async (onEvent) => {
        const came = await terraform.destroy(onEvent);
        interrupted = came.interrupted;
        return came;
      });
    const outcome = await run().catch(async (error: unknown) => {
      // What the cluster's controllers have left may have been in Terraform's way.
      if (interrupted || !(await leaving?.clearWay())) throw error;
      return run();
    });
    board.done(stack.name, describeChanges(outcome.changes));
    if (leaving) left = await leaving.after();
    if (kubectl) {
      board.running("what is left", "looking");
      await deleteDefinitions(kubectl, definitions);
      left = await settledLeftovers(kubectl, synthesis.namespaces, definitions);
      if (left.length === 0) board.done("what is left", "nothing");
      else board.failed("what is left", `${left.length} things`);
      // A cluster is not taken from under what still has to be removed in it.
      if (left.length > 0) return left;
    }
  }
  return left;
}

/** What a cluster on AWS needs beside Terraform. The clients are loaded here, where they are needed. */
function leavingOf({ environment, stacks }: Synthesis, board: Board): Leaving | undefined {
  if (environment.place !== "aws") return undefined;
  const aws = require("./aws") as typeof import("./aws");
  return new aws.Leaving(environment, stacks, board);
}

/** Whether the cluster itself starts machines, which no stack knows of. */
function startsMachines(environment: ClusterEnvironment): boolean {
  return environment.place === "aws" && environment.nodes.mode === "karpenter";
}

/** Volumes and finalizers take a moment longer than the namespace that held them. */
async function settledLeftovers(
  kubectl: Kubectl,
  namespaces: readonly string[],
  definitions: readonly string[],
  patience = 60_000,
): Promise<Leftover[]> {
  const deadline = Date.now() + patience;
  for (;;) {
    const found = await findLeftovers(kubectl, namespaces, definitions);
    if (found.length === 0 || Date.now() > deadline) return found;
    await new Promise((done) => setTimeout(done, 2000));
  }
}

import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { python } from "../constructs/pins";
import type { Board } from "../deployment/board";
import { DeploymentError } from "../deployment/errors";
import type { TerraformProgram } from "../deployment/programs";
import { describeErrors, type Outcome, Terraform } from "../deployment/terraform";
import type { TerraformEvent } from "../deployment/terraform-events";
import { runCommand } from "../lab/run-command";
import { type Emulator, startEmulator } from "./emulator";
import { fitStack, type LeftOut } from "./fit";
import { inventory } from "./inventory";
import { findProvider } from "./provider";
import { blocks, type StackJson } from "./stack-json";
import { type RehearsedEnvironment, synthesizeCluster } from "./synthesize";

/** What came of a rehearsal. */
export interface Rehearsal {
  readonly environment: string;
  readonly provider: { readonly version: string; readonly pinned: string };
  readonly terraform: string;
  readonly emulator: string;
  /** How many resources were made. */
  readonly made: number;
  readonly resourcesLeftOut: readonly LeftOut[];
  readonly argumentsLeftOut: readonly LeftOut[];
  /** What a second plan would change, which is nothing in a sound stack. */
  readonly secondPlan: readonly string[];
  /** Whether it was protected, so that the way out was rehearsed: `protect: false`, another apply, then destroy. */
  readonly wasProtected: boolean;
  /** What the account holds after destroy that an empty one does not. */
  readonly left: readonly string[];
  /** What destroy has marked, and AWS removes after a time of its own. */
  readonly waiting: readonly string[];
  /** Seconds of each step. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface RehearseOptions {
  readonly board: Board;
  readonly onRun: (run: Terraform) => void;
  readonly program: TerraformProgram;
  /** Leaves the folder with the stack, its state and its logs. Default: false. */
  readonly keep?: boolean;
}

/**
 * Applies an environment's cluster stack to an AWS of this machine, plans again, destroys, and looks what is left. It
 * works on a copy of the stack with a state of its own; no real account can be reached.
 *
 * @throws DeploymentError when a step fails
 */
export async function rehearse(environment: RehearsedEnvironment, options: RehearseOptions): Promise<Rehearsal> {
  const { board } = options;
  const folder = fs.mkdtempSync(path.join(tmpdir(), "open-mlops-rehearsal-"));
  let emulator: Emulator | undefined;
  try {
    emulator = await board.step(
      "emulator",
      (report) => startEmulator({ region: environment.region, report }),
      (it) => it.endpoint,
    );
    return await new Run(environment, options, folder, emulator).all();
  } finally {
    if (options.keep && emulator) fs.copyFileSync(emulator.log, path.join(folder, "emulator.log"));
    await emulator?.stop();
    if (!options.keep) fs.rmSync(folder, { recursive: true, force: true });
  }
}

class Run {
  constructor(
    private readonly environment: RehearsedEnvironment,
    private readonly options: RehearseOptions,
    private readonly folder: string,
    private readonly emulator: Emulator,
  ) {}

  async all(): Promise<Rehearsal> {
    const { environment, options, folder } = this;
    const { board, program } = options;
    const synthesized = synthesizeCluster(environment, path.join(folder, "stacks"));
    const pinned = Object.values(synthesized.stack.terraform.required_providers)[0]?.version ?? "";
    const trial = path.join(folder, "provider");
    fs.mkdirSync(trial);
    const provider = await board.step(
      "provider",
      (say) => findProvider({ program, folder: trial, pinned, env: this.emulator.env, say }),
      ({ version }) =>
        version === pinned ? `AWS ${version}, the pinned one` : `AWS ${version}; the pinned one is ${pinned}`,
    );
    const fitted = fitStack(synthesized.stack, provider.schema);
    write(synthesized.folder, fitted.stack, provider.version);
    const terraform = new Terraform(program, synthesized.folder, closed(provider.env));
    options.onRun(terraform);
    await terraform.init(() => {});

    const resources = blocks(fitted.stack).filter(({ kind }) => kind === "resource").length;
    await this.step("apply", resources, (on) => terraform.apply(on));
    const secondPlan = await this.planAgain(terraform, synthesized.folder, closed(provider.env));
    if (environment.protect) {
      const open = synthesizeCluster({ ...environment, protect: false }, path.join(folder, "unprotected"));
      write(synthesized.folder, fitStack(open.stack, provider.schema).stack, provider.version);
      await this.step("apply with protect: false", resources, (on) => terraform.apply(on));
    }
    await this.step("destroy", resources, (on) => terraform.destroy(on));
    const { left, waiting } = await board.step(
      "what is left",
      () => inventory(this.emulator.endpoint),
      ({ left }) => (left.length === 0 ? "nothing" : `${left.length} things`),
    );
    if (left.length > 0) board.failed("what is left", `${left.length} things: ${left[0]}`);
    return {
      environment: environment.name,
      provider: { version: provider.version, pinned },
      terraform: `${program.name} ${program.version}`,
      emulator: `moto ${python.rehearsal.moto.version}`,
      made: resources,
      resourcesLeftOut: fitted.resources,
      argumentsLeftOut: fitted.arguments,
      secondPlan,
      wasProtected: environment.protect,
      left,
      waiting,
      seconds: Object.fromEntries(board.rows().map(({ name, seconds }) => [name, seconds])),
    };
  }

  /** What another plan would change, line by line as Terraform shows it. */
  private async planAgain(terraform: Terraform, folder: string, env: NodeJS.ProcessEnv): Promise<string[]> {
    const { board, program } = this.options;
    board.running("second plan");
    const outcome = await terraform.plan();
    if (!outcome.ok) throw this.failure("second plan", outcome);
    const { add = 0, change = 0, remove = 0 } = outcome.changes ?? {};
    if (add + change + remove === 0) {
      board.done("second plan", "empty");
      return [];
    }
    board.failed("second plan", `${add + change + remove} changes`);
    // The events say which resources, the text says what of them.
    const text = await runCommand(program.command, [`-chdir=${folder}`, "plan", "-no-color", "-input=false"], { env });
    return text.stdout
      .split("\n")
      .filter((line) => /^\s+(# \S|[~+-]|-\/\+)/.test(line))
      .map((line) => line.replace(/^ {2}/, ""));
  }

  /** One run of Terraform under a row that counts. */
  private async step(
    name: string,
    resources: number,
    work: (on: (event: TerraformEvent) => void) => Promise<Outcome>,
  ): Promise<void> {
    const { board } = this.options;
    let done = 0;
    board.running(name);
    const outcome = await work((event) => {
      if (event.type === "apply_complete") board.running(name, `${++done} of ${resources}`);
    });
    if (!outcome.ok) throw this.failure(name, outcome);
    board.done(name, `${done} changes`);
  }

  private failure(step: string, outcome: Outcome): DeploymentError {
    const errors = describeErrors(outcome);
    this.options.board.failed(step, (errors[0] ?? "it failed").slice(0, 200));
    // What the emulator itself stumbled over says more than the code 500 that Terraform saw.
    const trace = fs
      .readFileSync(this.emulator.log, "utf8")
      .split("\n")
      .filter((line) => /^[\w.]*(Error|Exception)\b/.test(line));
    return new DeploymentError(`The rehearsal of ${this.environment.name} failed at ${step}`, [
      ...errors,
      ...[...new Set(trace)].slice(-5),
    ]);
  }
}

/** Writes the copy that is rehearsed: its state beside it, and a provider that asks AWS for nothing but resources. */
function write(folder: string, original: StackJson, version: string): void {
  const stack = structuredClone(original);
  stack.terraform.backend = { local: { path: "rehearsal.tfstate" } };
  stack.terraform.required_providers = { aws: { source: "hashicorp/aws", version } };
  stack.provider = {
    aws: (stack.provider?.["aws"] ?? []).map((provider) => ({
      ...provider,
      skip_credentials_validation: true,
      skip_metadata_api_check: "true",
      skip_region_validation: true,
      s3_use_path_style: true,
      // What the emulator cannot answer it will not answer later either.
      max_retries: 2,
    })),
  };
  fs.writeFileSync(path.join(folder, "cdk.tf.json"), JSON.stringify(stack));
}

/** The way to everything that is not this machine, closed: what strays from the emulator finds no proxy there. */
function closed(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const nowhere = "http://127.0.0.1:9";
  return { ...env, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere, http_proxy: nowhere, https_proxy: nowhere };
}

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { runCommand } from "../lab/run-command";
import { DeploymentError } from "./errors";
import { follow } from "./follow";
import type { TerraformProgram } from "./programs";
import { type Changes, type Diagnostic, describeDiagnostic, parseEvent, type TerraformEvent } from "./terraform-events";

export type OnEvent = (event: TerraformEvent) => void;

/** Who holds the lock of a stack's state, as the one who took it has noted. */
export interface LockHolder {
  readonly id: string;
  readonly who: string;
  readonly operation: string;
  readonly created: string;
}

/** What came of a run. */
export interface Outcome {
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly changes?: Changes;
  readonly errors: readonly Diagnostic[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Terraform in one stack's folder, the one `cdktf deploy` uses too. What it prints goes to a file beside the stack: it
 * survives that its starter is killed, finishes what it began, and the next run finds the state whole.
 */
export class Terraform {
  private running: { pid: number; interrupted: boolean } | undefined;

  constructor(
    private readonly program: TerraformProgram,
    readonly folder: string,
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  /** The file with all that the last run has printed. */
  get log(): string {
    return path.join(this.folder, "terraform.log");
  }

  /** Gets the providers. Versions are pinned in the stack, so a lock of older ones is replaced. */
  async init(onLine: (line: string) => void): Promise<void> {
    const init = (...more: string[]) =>
      this.command(["init", "-input=false", "-no-color", ...more], { onLine: (line) => onLine(line) });
    let result = await init();
    if (result.code !== 0 && /init -upgrade/.test(result.output.join("\n"))) result = await init("-upgrade");
    if (result.code === 0) return;
    throw new DeploymentError(
      `${this.program.name} could not get its providers in ${this.folder}; check the network, or name a mirror in TF_CLI_CONFIG_FILE, and run it again`,
      errorLines(result.output),
    );
  }

  /** Makes what is missing and changes what differs. */
  apply(onEvent: OnEvent): Promise<Outcome> {
    return this.run(["apply", "-json", "-auto-approve", "-input=false"], onEvent);
  }

  destroy(onEvent: OnEvent): Promise<Outcome> {
    return this.run(["destroy", "-json", "-auto-approve", "-input=false"], onEvent);
  }

  /** What an apply would change. */
  plan(onEvent: OnEvent = () => {}): Promise<Outcome> {
    return this.run(["plan", "-json", "-input=false"], onEvent);
  }

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Asks a running command to stop, once: a second signal would make it drop what it is doing. */
  interrupt(): void {
    if (!this.running || this.running.interrupted) return;
    this.running.interrupted = true;
    try {
      process.kill(this.running.pid, "SIGINT");
    } catch {
      // It has just ended.
    }
  }

  /**
   * Who holds the state's lock now. A killed run with a local state holds none: the system has given it free.
   *
   * `untaint` of a resource that is not there takes the lock, changes nothing, and says who has it.
   */
  async lockHolder(): Promise<LockHolder | undefined> {
    const { output } = await this.command([
      "untaint",
      "-no-color",
      "-allow-missing",
      "terraform_data.no_such_resource",
    ]);
    const text = output.join("\n");
    if (!/acquiring the state lock/i.test(text)) return undefined;
    const field = (name: string) => new RegExp(`${name}:\\s+(.+)`).exec(text)?.[1]?.trim() ?? "unknown";
    return { id: field("ID"), who: field("Who"), operation: field("Operation"), created: field("Created") };
  }

  /** How many resources the state has. */
  async resources(): Promise<readonly string[]> {
    const { code, stdout } = await this.command(["state", "list"]);
    return code === 0 ? stdout.split("\n").filter(Boolean) : [];
  }

  private command(args: readonly string[], options: { onLine?: (line: string) => void } = {}) {
    return runCommand(this.program.command, [`-chdir=${this.folder}`, ...args], {
      env: this.environment(),
      ...options,
    });
  }

  private environment(): NodeJS.ProcessEnv {
    // No questions, and no word to anybody about who runs it.
    return { ...this.env, TF_IN_AUTOMATION: "1", TF_INPUT: "0", CHECKPOINT_DISABLE: "1" };
  }

  private async run(args: readonly string[], onEvent: OnEvent): Promise<Outcome> {
    const log = fs.openSync(this.log, "w");
    // A group of its own: Ctrl-C in a terminal reaches us alone, and we pass it on.
    const child = spawn(this.program.command, [`-chdir=${this.folder}`, ...args], {
      env: this.environment(),
      detached: true,
      stdio: ["ignore", log, log],
    });
    fs.closeSync(log);
    this.running = child.pid === undefined ? undefined : { pid: child.pid, interrupted: false };
    const errors: Diagnostic[] = [];
    const warnings: Diagnostic[] = [];
    let changes: Changes | undefined;
    const other: string[] = [];
    const ended = new Promise<number>((resolve) => {
      child.once("error", () => resolve(127));
      child.once("close", (code) => resolve(code ?? 1));
    });
    const code = await follow(this.log, ended, (line) => {
      const event = parseEvent(line);
      if (!event) {
        other.push(line);
        return;
      }
      if (event.diagnostic) (event.diagnostic.severity === "error" ? errors : warnings).push(event.diagnostic);
      if (event.type === "change_summary") changes = event.changes;
      onEvent(event);
    });
    const interrupted = this.running?.interrupted ?? false;
    this.running = undefined;
    // What was no event explains a failure that no event did: a killed process, a missing program.
    if (code !== 0 && errors.length === 0)
      errors.push({
        severity: "error",
        summary: `${this.program.name} ended with code ${code}`,
        detail: errorLines(other).join("\n"),
      });
    return { ok: code === 0, interrupted, changes, errors, warnings };
  }
}

/** What was wrong, as one text for each error. */
export function describeErrors(outcome: Outcome): string[] {
  return outcome.errors.flatMap((error) => describeDiagnostic(error).split("\n"));
}

/** The last lines, without the frame that is drawn around errors. */
function errorLines(output: readonly string[]): string[] {
  return output
    .map((line) => line.replace(/^[│╷╵\s]+/, "").trimEnd())
    .filter(Boolean)
    .slice(-15);
}

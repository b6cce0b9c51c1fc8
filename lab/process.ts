import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { LabProcess } from "../constructs/contracts/lab";
import { signal } from "./marked";

export type ProcessState = "waiting" | "starting" | "ready" | "restarting" | "failed" | "stopped";

/** What is known of a process, as `status --json` and the portal show it. */
export interface ProcessStatus {
  readonly name: string;
  readonly state: ProcessState;
  readonly pid?: number;
  /** Seconds from its start until it was ready, for the latest start. */
  readonly readyAfter?: number;
  readonly restarts: number;
  /** Why it failed or is restarting. */
  readonly reason?: string;
  readonly address: string;
  readonly log: string;
}

export interface SupervisionLimits {
  /** Milliseconds until a process that has not become ready counts as failed. */
  readonly startTimeout: number;
  /** Milliseconds before the first restart; doubled for each further one. */
  readonly backoff: number;
  /** Milliseconds between restarts, at most. */
  readonly maxBackoff: number;
  /** Starts that may fail before the process has ever been ready. */
  readonly firstAttempts: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly stopTimeout: number;
}

export const defaultLimits: SupervisionLimits = {
  startTimeout: 180_000,
  backoff: 500,
  maxBackoff: 30_000,
  firstAttempts: 2,
  stopTimeout: 20_000,
};

/** One process under supervision: started, watched until it is ready, and started again with backoff when it ends. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private childEnd: Promise<void> = Promise.resolve();
  private state: ProcessState = "waiting";
  private readyAfter: number | undefined;
  private restarts = 0;
  private reason: string | undefined;
  private stopping = false;
  private everReady = false;
  private readonly log: string;
  private firstReady!: { resolve: () => void; reject: (error: Error) => void };
  /** Settles when the process is ready for the first time, or has failed for good. */
  readonly started: Promise<void>;

  constructor(
    readonly spec: LabProcess,
    private readonly options: {
      readonly logs: string;
      readonly env: Readonly<Record<string, string>>;
      readonly limits: SupervisionLimits;
    },
  ) {
    this.log = path.join(options.logs, `${spec.name}.log`);
    this.started = new Promise((resolve, reject) => {
      this.firstReady = { resolve, reject };
    });
    // Whoever waits gets the error; without a waiter it must not end the supervisor.
    this.started.catch(() => {});
  }

  status(): ProcessStatus {
    return {
      name: this.spec.name,
      state: this.state,
      pid: this.child?.pid,
      readyAfter: this.readyAfter,
      restarts: this.restarts,
      reason: this.reason,
      address: new URL(this.spec.ready).origin,
      log: this.log,
    };
  }

  /** Starts the process and keeps it running until `stop`. */
  async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping) {
      const lived = await this.once();
      if (this.stopping) break;
      failures = lived > 60_000 ? 1 : failures + 1;
      if (!this.everReady && failures >= this.options.limits.firstAttempts) {
        this.become("failed");
        this.firstReady.reject(new Error(`${this.spec.name} ${this.reason}`));
        return;
      }
      this.restarts += 1;
      this.become("restarting");
      await this.pause(Math.min(this.options.limits.backoff * 2 ** (failures - 1), this.options.limits.maxBackoff));
    }
    this.become("stopped");
  }

  /** One life of the process, in milliseconds from ready to its end. */
  private async once(): Promise<number> {
    const begun = Date.now();
    // A descriptor and no pipe, so that the tool goes on writing when the supervisor is gone.
    const log = fs.openSync(this.log, "a");
    const child = spawn(this.spec.command, this.spec.args, {
      cwd: this.spec.folder,
      env: { ...this.options.env, ...this.spec.env },
      stdio: ["ignore", log, log],
      // A group of its own: a Ctrl-C in the terminal reaches the supervisor alone, which then stops all in order.
      detached: true,
    });
    fs.closeSync(log);
    this.child = child;
    this.readyAfter = undefined;
    let ended = false;
    const end = new Promise<void>((resolve) => {
      const over = (reason: string) => {
        ended = true;
        this.reason = reason;
        resolve();
      };
      child.once("error", (error) => over(`could not be run: ${error.message}`));
      child.once("exit", (code, signalName) =>
        over(code === null ? `ended by ${signalName}` : `exited with code ${code}`),
      );
    });
    this.childEnd = end;
    this.become(this.everReady ? "restarting" : "starting");
    const ready = await this.waitUntilReady(() => ended);
    let readyAt = Date.now();
    if (ready) {
      readyAt = Date.now();
      this.readyAfter = Math.round((readyAt - begun) / 100) / 10;
      if (this.everReady) await this.afterRestart();
      this.everReady = true;
      this.reason = undefined;
      this.become("ready");
      this.firstReady.resolve();
    } else if (!ended && !this.stopping) {
      await this.endGroup();
      await end;
      this.reason = `did not answer at ${this.spec.ready} within ${this.options.limits.startTimeout / 1000} s`;
    }
    await end;
    // Children of a tool that died would hold its port: Prefect's services, MLflow's workers.
    if (child.pid) signal(-child.pid, "SIGKILL");
    return ready ? Date.now() - readyAt : 0;
  }

  private async waitUntilReady(ended: () => boolean): Promise<boolean> {
    const deadline = Date.now() + this.options.limits.startTimeout;
    while (!ended() && !this.stopping && Date.now() < deadline) {
      try {
        const response = await fetch(this.spec.ready, { redirect: "manual", signal: AbortSignal.timeout(5000) });
        if (response.status < 400 && !ended()) return true;
      } catch {
        // Not listening yet.
      }
      await this.pause(200);
    }
    return false;
  }

  private async afterRestart(): Promise<void> {
    const { afterRestart } = this.spec;
    if (!afterRestart) return;
    for (let attempt = 0; attempt < 20 && !this.stopping; attempt++) {
      try {
        const { post, headers } = afterRestart;
        const response = await fetch(post, { method: "POST", headers, signal: AbortSignal.timeout(5000) });
        if (response.ok) return;
      } catch {
        // The one that is asked may be restarting too.
      }
      await this.pause(500);
    }
  }

  /** Ends the process: SIGTERM, so that it can stop what it started, and SIGKILL to its group when time is up. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child?.pid && this.state !== "stopped" && this.state !== "failed") await this.endGroup();
    this.firstReady.reject(new Error(`${this.spec.name} was stopped`));
    this.become(this.state === "failed" ? "failed" : "stopped");
  }

  private async endGroup(): Promise<void> {
    const child = this.child;
    if (!child?.pid) return;
    const pid = child.pid;
    signal(pid, "SIGTERM");
    const kill = setTimeout(() => signal(-pid, "SIGKILL"), this.options.limits.stopTimeout);
    await this.childEnd;
    clearTimeout(kill);
  }

  private become(state: ProcessState): void {
    this.state = state;
  }

  private pause(milliseconds: number): Promise<void> {
    return new Promise((done) => setTimeout(done, milliseconds));
  }
}

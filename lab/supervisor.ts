import * as fs from "node:fs";
import * as path from "node:path";
import type { LabProcess } from "../constructs/contracts/lab";
import { LabError } from "./errors";
import { endMarked, markVariable } from "./marked";
import { defaultLimits, type ProcessStatus, SupervisedProcess, type SupervisionLimits } from "./process";
import { withoutProxy } from "./terminal";

export interface SupervisorOptions {
  readonly processes: readonly LabProcess[];
  /** The mark that every process of this lab carries. */
  readonly labId: string;
  readonly logs: string;
  /** A folder of programs that every process finds first. */
  readonly programs?: string;
  readonly limits?: Partial<SupervisionLimits>;
}

/** Variables of the person's shell that a tool may see. The rest stays out: a stray PREFECT_API_URL would misdirect it. */
const inherited = [
  ...["PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"],
  ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"],
];

/** Starts processes in order, keeps them running, and stops them in the opposite order with all they have started. */
export class Supervisor {
  private readonly processes: readonly SupervisedProcess[];
  private stopped: Promise<void> | undefined;

  constructor(private readonly options: SupervisorOptions) {
    fs.mkdirSync(options.logs, { recursive: true });
    const env: Record<string, string> = { [markVariable]: options.labId };
    for (const name of inherited) {
      const value = process.env[name];
      if (value !== undefined) env[name] = value;
    }
    Object.assign(env, withoutProxy(process.env));
    // What a notebook's terminal or a flow runs by name is the toolbox's, as in its image in a cluster.
    if (options.programs) env["PATH"] = `${options.programs}${path.delimiter}${env["PATH"] ?? ""}`;
    this.processes = options.processes.map(
      (spec) =>
        new SupervisedProcess(spec, {
          logs: options.logs,
          env,
          limits: { ...defaultLimits, ...options.limits },
        }),
    );
  }

  status(): ProcessStatus[] {
    return this.processes.map((process) => process.status());
  }

  /**
   * Starts every process as soon as those it comes after are ready.
   *
   * @throws LabError when one cannot be started; by then all are stopped again
   */
  async start(): Promise<void> {
    await endMarked(this.options.labId);
    for (const process of this.processes) void this.startInOrder(process);
    const results = await Promise.allSettled([Promise.all(this.processes.map((process) => process.started))]);
    const failed = results.find((result) => result.status === "rejected");
    if (!failed) return;
    const reason = failed.reason instanceof Error ? failed.reason.message : String(failed.reason);
    const culprit = this.status().find((status) => status.state === "failed");
    await this.stop();
    const tail = culprit ? [`the end of ${culprit.log}:`, ...lastLines(culprit.log, 15)] : [];
    throw new LabError(`The lab did not start: ${reason}. Everything was stopped again.`, tail);
  }

  private async startInOrder(process: SupervisedProcess): Promise<void> {
    try {
      await Promise.all(
        this.processes.filter((other) => process.spec.after?.includes(other.spec.name)).map((other) => other.started),
      );
    } catch {
      return;
    }
    if (!this.stopped) await process.run();
  }

  /** Stops everything, those that others come after last, then sweeps up what the tools have left. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    const gone = new Map<SupervisedProcess, Promise<void>>();
    const stopAfterDependents = (process: SupervisedProcess): Promise<void> => {
      const known = gone.get(process);
      if (known) return known;
      const dependents = this.processes.filter((other) => other.spec.after?.includes(process.spec.name));
      const promise = Promise.all(dependents.map(stopAfterDependents)).then(() => process.stop());
      gone.set(process, promise);
      return promise;
    };
    await Promise.all(this.processes.map(stopAfterDependents));
    await endMarked(this.options.labId);
  }
}

export function lastLines(file: string, count: number): string[] {
  try {
    return fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-count);
  } catch {
    return [];
  }
}

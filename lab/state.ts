import * as fs from "node:fs";
import * as path from "node:path";
import { alive } from "./marked";
import type { ProcessStatus } from "./process";

/** Who supervises the lab, as written to `state.json` while it runs. */
export interface SupervisorState {
  readonly pid: number;
  readonly labId: string;
  /** Where the portal and `status.json` are. */
  readonly portal: string;
}

/** What `mlops lab status` says. */
export interface LabStatus {
  readonly labId: string;
  readonly pid: number;
  readonly phase: "installing" | "starting" | "ready" | "degraded" | "stopping" | "failed";
  readonly portal: string;
  readonly processes: readonly ProcessStatus[];
  /** Steps of the installation that are done or under way, for whoever watches. */
  readonly steps: readonly {
    readonly name: string;
    readonly state: "running" | "done" | "failed";
    readonly line?: string;
  }[];
  readonly error?: { readonly message: string; readonly details: readonly string[] };
}

/** The supervisor that runs now, found by its file and confirmed by asking it; undefined where there is none. */
export async function runningSupervisor(file: string): Promise<SupervisorState | undefined> {
  let state = readState(file);
  // One that has just claimed the lab and does not answer yet says where it will soon.
  const deadline = Date.now() + 10_000;
  while (state && state.portal === "" && alive(state.pid) && Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, 100));
    state = readState(file);
  }
  if (!state || !alive(state.pid)) return undefined;
  const status = await askStatus(state);
  // A process id is used again after a restart of the machine: only who answers with our id is ours.
  return status?.labId === state.labId && status.pid === state.pid ? state : undefined;
}

export async function askStatus(state: SupervisorState): Promise<LabStatus | undefined> {
  try {
    const response = await fetch(`${state.portal}/status.json`, { signal: AbortSignal.timeout(5000) });
    return (await response.json()) as LabStatus;
  } catch {
    return undefined;
  }
}

/** Gives the lab free, if it is still the one of this process. */
export function release(file: string): void {
  if (readState(file)?.pid === process.pid) fs.rmSync(file, { force: true });
}

/** Clears away what a dead supervisor has left, and nothing that another start has claimed meanwhile. */
export function clearStale(file: string): void {
  const stale = readState(file);
  const aside = `${file}.${process.pid}`;
  try {
    fs.renameSync(file, aside);
    if (readState(aside)?.pid !== stale?.pid) fs.linkSync(aside, file);
  } catch {
    // Another start was faster: it has cleared it, or claimed it again.
  }
  fs.rmSync(aside, { force: true });
}

export function readState(file: string): SupervisorState | undefined {
  try {
    return JSON.parse(fs.readFileSync(file, "utf8")) as SupervisorState;
  } catch {
    return undefined;
  }
}

/** Claims the lab for this process; false where another was faster. */
export function claim(file: string, state: SupervisorState): boolean {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  try {
    fs.writeFileSync(file, `${JSON.stringify(state, null, 2)}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

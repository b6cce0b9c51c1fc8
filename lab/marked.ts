import { execFile } from "node:child_process";
import * as fs from "node:fs";
import { promisify } from "node:util";

/**
 * Finds and ends the processes of a lab by the mark in their environment. Tools start processes of their own (user
 * servers, kernels, Dask workers, flow runs) in sessions of their own, so neither the process tree nor the group tells
 * which are ours; the environment does, and it survives the death of the supervisor.
 */
export const markVariable = "OPEN_MLOPS_LAB";

/** Ids of the live processes that carry the mark, without this one. */
export async function markedProcesses(id: string): Promise<number[]> {
  const mark = `${markVariable}=${id}`;
  const found = process.platform === "linux" ? fromProc(mark) : await fromPs(mark);
  return found.filter((pid) => pid !== process.pid);
}

function fromProc(mark: string): number[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // Zombies have an empty environment, so they are not counted as running.
        return fs.readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(mark);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function fromPs(mark: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["eww", "-axo", "pid=,command="], { maxBuffer: 64 * 2 ** 20 });
  return stdout
    .split("\n")
    .filter((line) => line.includes(mark))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid > 0);
}

/**
 * Ends every marked process, first politely. Returns how many there were.
 *
 * @param patience milliseconds between SIGTERM and SIGKILL
 */
export async function endMarked(id: string, patience = 5000): Promise<number> {
  const first = await markedProcesses(id);
  for (const pid of first) signal(pid, "SIGTERM");
  const deadline = Date.now() + patience;
  let left = first;
  while (left.length > 0 && Date.now() < deadline + 5000) {
    await new Promise((done) => setTimeout(done, 100));
    left = await markedProcesses(id);
    if (Date.now() > deadline) for (const pid of left) signal(pid, "SIGKILL");
  }
  return first.length;
}

export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

import * as fs from "node:fs";
import { markedProcesses } from "./marked";

/**
 * Megabytes that each supervised process takes with all it has started, by process id: the proportional set size, which
 * counts shared pages once. Empty where the system does not tell (it is read from /proc, on Linux).
 */
export async function memoryByProcess(labId: string, supervised: readonly number[]): Promise<Map<number, number>> {
  const result = new Map<number, number>();
  if (process.platform !== "linux") return result;
  for (const pid of await markedProcesses(labId)) {
    const owner = ancestor(pid, supervised);
    if (owner === undefined) continue;
    result.set(owner, (result.get(owner) ?? 0) + proportionalSize(pid));
  }
  return result;
}

function ancestor(pid: number, supervised: readonly number[]): number | undefined {
  for (let at = pid; at > 1; at = parent(at)) if (supervised.includes(at)) return at;
  return undefined;
}

function parent(pid: number): number {
  try {
    // The name in parentheses may hold anything, so the fields are counted from its end.
    return Number(fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1] ?? 0);
  } catch {
    return 0;
  }
}

function proportionalSize(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

import * as fs from "node:fs";
import { labId } from "./id";
import { alive, endMarked, signal } from "./marked";
import type { LabPaths } from "./paths";
import { readState, runningSupervisor } from "./state";

/**
 * Stops a lab from outside: asks its supervisor, and ends what is left where there is none.
 *
 * @param patience milliseconds that the supervisor has to stop everything
 */
export async function downLab(paths: LabPaths, patience = 60_000): Promise<{ wasRunning: boolean; leftOvers: number }> {
  if (!fs.existsSync(paths.id)) return { wasRunning: false, leftOvers: 0 };
  const running = await runningSupervisor(paths.state);
  if (running) {
    signal(running.pid, "SIGTERM");
    const deadline = Date.now() + patience;
    while (alive(running.pid) && Date.now() < deadline) await new Promise((done) => setTimeout(done, 100));
    if (alive(running.pid)) signal(running.pid, "SIGKILL");
  }
  const leftOvers = await endMarked(labId(paths));
  // Not what a start of this moment has just written.
  const left = readState(paths.state);
  if (!left || !alive(left.pid)) fs.rmSync(paths.state, { force: true });
  return { wasRunning: running !== undefined, leftOvers };
}

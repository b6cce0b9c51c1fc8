import { Board } from "../deployment/board";
import { DeploymentError } from "../deployment/errors";
import type { Terraform } from "../deployment/terraform";
import { showBoard } from "./live";

export interface Watch {
  readonly board: Board;
  /** Told of each Terraform that starts, so that an interrupt reaches the one that runs. */
  readonly onRun: (run: Terraform) => void;
}

/**
 * Runs a long command with its progress shown, unless `quiet`. Ctrl-C asks Terraform once to stop: it ends what it is
 * doing and keeps its state.
 */
export async function runShown<T>(quiet: boolean, work: (watch: Watch) => Promise<T>): Promise<T> {
  const board = new Board();
  let current: Terraform | undefined;
  let asked = false;
  let stop: (error: Error) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  stopped.catch(() => {});
  const interrupt = () => {
    if (!asked) console.error("\nStopping: what is under way is ended first, so that nothing is left half-way...");
    asked = true;
    if (current?.isRunning) current.interrupt();
    else {
      // Nothing else has to be ended with care: what still runs for it does not keep a person waiting.
      stop(new DeploymentError("Stopped as asked; run the same command again to go on"));
      setTimeout(() => process.exit(1), 500).unref();
    }
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  let over = false;
  const working = Promise.race([
    stopped,
    work({
      board,
      onRun(run) {
        current = run;
      },
    }),
  ]).finally(() => {
    over = true;
  });
  working.catch(() => {});
  try {
    if (!quiet) await showBoard(board, () => over);
    return await working;
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}

import { serviceAddress } from "./answering";
import type { Board } from "./board";
import { DeploymentError } from "./errors";
import { Hub } from "./hub";
import { runInKernel } from "./kernel";
import type { Kubectl } from "./kubectl";
import type { Deployed } from "./synthesize";

/** What `python -m open_mlops.smoke` prints of each step. */
export interface SmokeStep {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly found?: string;
  readonly error?: string;
}

/** Who the smoke test is. The person and the server are made by it and deleted by it. */
const user = "smoke-test";

/** Runs the smoke test as a person's code, in a server of the Hub; each line of it is passed on. */
const program = `
import subprocess, sys
with subprocess.Popen([sys.executable, "-m", "open_mlops.smoke"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
    for line in run.stdout:
        print(line, end="", flush=True)
if run.returncode:
    raise SystemExit(run.returncode)
`;

/**
 * Works with the platform as people do: a server of the Hub, and in it a run, a served model, a flow, a Dask cluster.
 *
 * @throws DeploymentError that names the steps that failed
 */
export async function smokeTest(kubectl: Kubectl, components: readonly Deployed[], board: Board): Promise<SmokeStep[]> {
  const notebooks = components.find(({ role }) => role === "notebooks");
  if (!notebooks) throw new Error("the environment has no notebooks");
  return withHub(kubectl, notebooks, async (hub) => {
    try {
      const server = await board.step("smoke test: a person's server", async (say) => {
        // What a run that was killed has left; and a Hub on an older database believes in a home that is gone.
        await hub.remove(user);
        return hub.start(user, say);
      });
      return await runSteps(board, (onLine) => runInKernel(server, program, onLine));
    } finally {
      await board.step("smoke test: the server is removed", () => hub.remove(user));
    }
  });
}

/** Opens a way to the Hub, signed in as the service that may start people's servers. */
export async function withHub<T>(kubectl: Kubectl, notebooks: Deployed, work: (hub: Hub) => Promise<T>): Promise<T> {
  const at = serviceAddress(notebooks.offer.address);
  const token = await kubectl.secret(at.namespace, `${notebooks.name}-generated`, "admin-token");
  const forward = await kubectl.forward(at.namespace, at.service, at.port);
  try {
    return await work(new Hub(forward.address, token));
  } finally {
    forward.close();
  }
}

/** Reads the steps that a run prints, and shows each. */
export async function runSteps(
  board: Board,
  run: (onLine: (line: string) => void) => Promise<void>,
): Promise<SmokeStep[]> {
  const steps: SmokeStep[] = [];
  const other: string[] = [];
  const next = "smoke test: runs";
  board.running(next);
  const failure = await run((line) => {
    const step = parseStep(line);
    if (!step) {
      if (line.trim()) other.push(line);
      return;
    }
    steps.push(step);
    const row = `smoke test: ${step.step}`;
    if (step.ok) board.done(row, `${step.found ?? ""} (${step.seconds} s)`.trim());
    else board.failed(row, step.error?.split("\n")[0] ?? "");
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  const failed = steps.filter(({ ok }) => !ok);
  if (failed.length === 0 && failure === undefined && steps.length > 0) {
    board.done(next, `${steps.length} steps`);
    return steps;
  }
  board.failed(
    next,
    failed.length > 0 ? `${failed.length} of ${steps.length} steps failed` : "it did not run to its end",
  );
  throw new DeploymentError("The smoke test failed", [
    ...failed.map(({ step, error = "" }) => `${step}: ${error}`),
    ...(failed.length === 0
      ? [String((failure as Error | undefined)?.message ?? "it printed no step"), ...other.slice(-15)]
      : []),
  ]);
}

/** One line of the smoke test's; undefined where it is something else, such as a warning of a library. */
export function parseStep(line: string): SmokeStep | undefined {
  if (!line.startsWith('{"step"')) return undefined;
  try {
    return JSON.parse(line) as SmokeStep;
  } catch {
    return undefined;
  }
}

import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { delay, Listr, type ListrTask } from "listr2";
import { LabError } from "../lab/errors";
import type { Lab } from "../lab/lab";
import { labPaths } from "../lab/paths";
import type { ProcessStatus } from "../lab/process";
import { askStatus, type LabStatus, readState, runningSupervisor } from "../lab/state";
import { printAddresses } from "./lab-output";

type AskStatus = () => Promise<LabStatus | undefined>;

/** Starts the lab in this process and stays until it is asked to stop. */
export async function upAttached(lab: Lab, json: boolean): Promise<void> {
  const stop = stopSignal(() => lab.kill());
  const started = lab.up();
  // The list shows the failure; the error itself is thrown below.
  started.catch(() => {});
  let over = false;
  const settled = started.finally(() => {
    over = true;
  });
  settled.catch(() => {});
  if (!json)
    await Promise.race([
      showStart(
        async () => lab.status(),
        () => over,
      ),
      stop,
    ]);
  try {
    const result = await Promise.race([started, stop.then(() => undefined)]);
    if (result && "found" in result) {
      const status = await askStatus(result.found);
      console.log(
        json
          ? JSON.stringify(status)
          : `The lab is up already: ${result.found.portal} (\`mlops lab status\` shows it).`,
      );
      return;
    }
    if (result) {
      if (json) console.log(JSON.stringify(lab.status()));
      else {
        printAddresses(lab.status(), result.blueprint);
        console.log("\nCtrl-C stops everything; your data stays.");
      }
      const watching = json ? undefined : reportChanges(lab);
      await stop;
      clearInterval(watching);
      if (!json) console.log("\nStopping...");
    }
  } finally {
    if (!over || (await started.then((r) => !("found" in r)).catch(() => true))) await lab.down();
  }
  if (!json) console.log("Everything is stopped.");
}

/** Starts the lab in a process of its own and returns when everything is ready. */
export async function upDetached(json: boolean): Promise<void> {
  const paths = labPaths();
  const running = await runningSupervisor(paths.state);
  if (!running) {
    fs.mkdirSync(paths.logs, { recursive: true });
    const log = fs.openSync(path.join(paths.logs, "supervisor.log"), "w");
    const child = spawn(process.execPath, [path.join(__dirname, "mlops.mjs"), "lab", "up", "--json"], {
      cwd: paths.project,
      detached: true,
      stdio: ["ignore", log, log],
    });
    let exited = false;
    child.once("exit", () => {
      exited = true;
    });
    let last: LabStatus | undefined;
    const ask: AskStatus = async () => {
      const state = readState(paths.state);
      last = (state?.portal && (await askStatus(state))) || last;
      return last;
    };
    const isOver = () => exited || last?.phase === "ready" || last?.phase === "failed";
    if (json) while (!isOver()) await ask().then(() => delay(200));
    else await showStart(ask, isOver);
    child.unref();
    if (exited || last?.phase !== "ready") {
      const text = fs.readFileSync(path.join(paths.logs, "supervisor.log"), "utf8").trim();
      throw new LabError("The lab did not start", text.split("\n").slice(-20));
    }
  }
  const state = await runningSupervisor(paths.state);
  const status = state && (await askStatus(state));
  if (json) console.log(JSON.stringify(status));
  else
    console.log(
      `${running ? "The lab is up already" : "The lab is ready"}: ${status?.portal}\n\`mlops lab status\` shows everything, \`mlops lab down\` stops it.`,
    );
}

/** A live list of what is installed and started, until `isOver`. */
async function showStart(ask: AskStatus, isOver: () => boolean): Promise<void> {
  const shown = new Set<string>();
  let tasks: ListrTask[] = [];
  // Steps and processes become known as the start goes on, so the list is drawn in the parts that are known.
  while (!isOver()) {
    const status = await ask();
    const names = [...(status?.steps ?? []).map((s) => s.name), ...(status?.processes ?? []).map((p) => p.name)];
    tasks = names.filter((name) => !shown.has(name)).map((name) => follow(name, ask, isOver));
    if (tasks.length > 0) {
      for (const name of names) shown.add(name);
      await new Listr(tasks, {
        concurrent: true,
        exitOnError: false,
        // Its own handler would end the process at Ctrl-C, with everything that was started left behind.
        registerSignalListeners: false,
        rendererOptions: { collapseErrors: false },
      }).run();
    } else await delay(100);
  }
}

function follow(name: string, ask: AskStatus, isOver: () => boolean): ListrTask {
  return {
    title: name,
    task: async (_, task) => {
      for (;;) {
        const over = isOver();
        const status = await ask();
        const step = status?.steps.find((each) => each.name === name);
        const process = status?.processes.find((each) => each.name === name);
        if (step?.line && step.line !== task.output) task.output = step.line;
        if (process) task.title = `${name}: ${describe(process)}`;
        if (step?.state === "done" || process?.state === "ready") return;
        if (step?.state === "failed" || process?.state === "failed" || over) {
          throw new Error(process ? `${name} ${process.reason ?? process.state}` : `${name} failed`);
        }
        await delay(150);
      }
    },
  };
}

function describe(process: ProcessStatus): string {
  const time = process.readyAfter === undefined ? "" : ` after ${process.readyAfter} s`;
  return `${process.state}${time}${process.reason ? ` (${process.reason})` : ""}`;
}

/** Says it when a process is restarted or ready again. */
function reportChanges(lab: Lab): NodeJS.Timeout {
  const known = new Map(lab.status().processes.map((process) => [process.name, process.state]));
  return setInterval(() => {
    for (const process of lab.status().processes) {
      if (known.get(process.name) !== process.state) console.log(`${process.name}: ${describe(process)}`);
      known.set(process.name, process.state);
    }
  }, 250);
}

/** Settles at the first Ctrl-C, hang-up or SIGTERM; a second one ends everything at once. */
function stopSignal(kill: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        if (asked) void kill().finally(() => process.exit(130));
        asked = true;
        resolve();
      });
    }
  });
}

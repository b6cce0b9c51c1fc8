import * as fs from "node:fs";
import * as path from "node:path";
import * as readline from "node:readline/promises";
import { Command } from "commander";
import { loadEnvironment } from "../constructs/contracts/load";
import lab from "../environments/lab";
import { downLab } from "../lab/down";
import { LabError } from "../lab/errors";
import { Lab } from "../lab/lab";
import { labPaths } from "../lab/paths";
import { readPorts } from "../lab/ports";
import { askStatus, type LabStatus, runningSupervisor } from "../lab/state";
import { lastLines } from "../lab/supervisor";
import { shellExports, terminalEnvironment } from "../lab/terminal";
import { printStatus } from "./lab-output";
import { upAttached, upDetached } from "./lab-up";

const notRunning = 3;

export function labCommand(): Command {
  const command = new Command("lab").description("The whole stack on this machine.");
  command
    .command("up")
    .description("Install what is missing, start everything, and stay until Ctrl-C.")
    .option("--detach", "return when everything is ready, and leave it running")
    .option("--json", "print one JSON document when it is ready, instead of a live list")
    .action(async (options: { detach?: boolean; json?: boolean }) => {
      await (options.detach ? upDetached(options.json ?? false) : upAttached(openLab(), options.json ?? false));
    });
  command
    .command("down")
    .description("Stop everything, user servers and Dask clusters too. Data stays.")
    .option("--json", "print what was stopped as JSON")
    .action(async (options: { json?: boolean }) => {
      const result = await downLab(labPaths());
      console.log(options.json ? JSON.stringify(result) : describeDown(result));
    });
  command
    .command("status")
    .description("Show each process with its state, address and memory. Exits with 3 when the lab is not running.")
    .option("--json", "print as JSON")
    .action(async (options: { json?: boolean }) => {
      const status = await currentStatus();
      if (!status) {
        console.log(
          options.json
            ? JSON.stringify({ phase: "stopped", processes: [] })
            : "The lab is not running; start it with `npm start`.",
        );
        process.exitCode = notRunning;
        return;
      }
      if (options.json) console.log(JSON.stringify(status, null, 2));
      else await printStatus(status, currentBlueprint());
      if (status.phase !== "ready") process.exitCode = 1;
    });
  command
    .command("logs")
    .description("Show the end of a process's log, or of all.")
    .argument("[process]", "a name that `mlops lab status` shows")
    .option("-n, --lines <count>", "lines of each log", "40")
    .option("-f, --follow", "go on as lines are written")
    .action(async (name: string | undefined, options: { lines: string; follow?: boolean }) => {
      await showLogs(name, Number(options.lines), options.follow ?? false);
    });
  command
    .command("env")
    .description('Print what a terminal needs to reach the lab: eval "$(mlops lab env)". It includes a token of yours.')
    .option("--json", "print as JSON")
    .action((options: { json?: boolean }) => {
      if (!fs.existsSync(labPaths().ports)) throw new LabError("The lab has not run yet; start it with `npm start`");
      const env = terminalEnvironment(labPaths(), currentBlueprint());
      console.log(options.json ? JSON.stringify(env, null, 2) : shellExports(env));
    });
  command
    .command("reset")
    .description("Delete the lab's data, secrets and logs: runs, models, notebooks. Asks first.")
    .option("--yes", "do not ask")
    .action(async (options: { yes?: boolean }) => {
      await reset(options.yes ?? false);
    });
  return command;
}

/** Loads every tool, which takes longer than all else here: only what needs them asks for it. */
function openLab(): Lab {
  const { catalogue } =
    require("../constructs/components/catalogue") as typeof import("../constructs/components/catalogue");
  const environment = loadEnvironment(lab, catalogue);
  if (environment.place !== "lab") throw new LabError('environments/lab.ts must have the place "lab"');
  return new Lab({ paths: labPaths(), components: environment.components, ports: environment.ports });
}

function currentBlueprint() {
  const ports = readPorts(labPaths().ports);
  return openLab().blueprint((name) => ports[name] ?? 0);
}

async function currentStatus(): Promise<LabStatus | undefined> {
  const running = await runningSupervisor(labPaths().state);
  return running && askStatus(running);
}

function describeDown(result: { wasRunning: boolean; leftOvers: number }): string {
  if (result.wasRunning) return "The lab is stopped; its data stays.";
  if (result.leftOvers > 0)
    return `The lab was not running; ${result.leftOvers} processes that it had left were ended.`;
  return "The lab was not running.";
}

async function showLogs(name: string | undefined, lines: number, follow: boolean): Promise<void> {
  if (!Number.isInteger(lines) || lines < 1) throw new LabError(`--lines is ${lines}; use a whole number from 1`);
  const { logs } = labPaths();
  const there = fs.existsSync(logs) ? fs.readdirSync(logs).filter((file) => file.endsWith(".log")) : [];
  const names = there.map((file) => path.basename(file, ".log"));
  if (name !== undefined && !names.includes(name)) {
    throw new LabError(`There is no log of "${name}"; use one of ${names.join(", ") || "(none yet: run `npm start`)"}`);
  }
  const shown = name === undefined ? names : [name];
  const width = Math.max(...shown.map((each) => each.length));
  const print = (each: string, line: string) =>
    console.log(shown.length > 1 ? `${each.padEnd(width)} | ${line}` : line);
  for (const each of shown) for (const line of lastLines(path.join(logs, `${each}.log`), lines)) print(each, line);
  if (!follow) return;
  for (const each of shown) {
    const file = path.join(logs, `${each}.log`);
    let at = fs.statSync(file).size;
    fs.watchFile(file, { interval: 300 }, ({ size }) => {
      if (size < at) at = 0;
      // A log may go away while it is watched: `mlops lab reset`, or a new start.
      if (size === at || !fs.existsSync(file)) return;
      const text = Buffer.alloc(size - at);
      const descriptor = fs.openSync(file, "r");
      fs.readSync(descriptor, text, 0, text.length, at);
      fs.closeSync(descriptor);
      at = size;
      for (const line of text.toString().trimEnd().split("\n")) print(each, line);
    });
  }
  await new Promise(() => {});
}

async function reset(yes: boolean): Promise<void> {
  const paths = labPaths();
  if (await runningSupervisor(paths.state))
    throw new LabError("The lab is running; stop it first with `mlops lab down`");
  if (!yes) {
    if (!process.stdin.isTTY)
      throw new LabError("`mlops lab reset` deletes data and asks first; pass --yes where nobody can answer");
    const ask = readline.createInterface({ input: process.stdin, output: process.stdout });
    const answer = await ask.question(`Delete all runs, models, notebooks and secrets in ${paths.root}? [y/N] `);
    ask.close();
    if (!/^y(es)?$/i.test(answer.trim())) {
      console.log("Nothing was deleted.");
      return;
    }
  }
  await downLab(paths);
  for (const each of [paths.data, paths.logs, paths.secrets, paths.ports])
    fs.rmSync(each, { recursive: true, force: true });
  console.log("The lab is empty; its Python environments stay.");
}

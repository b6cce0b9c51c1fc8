import { type ChildProcess, execFile, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { labId as idOf } from "../../lab/id";
import { labPaths } from "../../lab/paths";
import type { LabStatus } from "../../lab/state";

/** The lab of these tests has a folder of its own, so that nobody's work is touched. */
export const project = path.resolve(__dirname, "../..");
export const environment: NodeJS.ProcessEnv = {
  ...process.env,
  OPEN_MLOPS_LAB_DIR: process.env["OPEN_MLOPS_TEST_LAB_DIR"] ?? path.join(project, ".lab-test"),
};
export const paths = labPaths(environment);

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly output: string;
}

/** Runs a command of the project to its end, as a second terminal would. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = environment): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: project, env, maxBuffer: 64 * 2 ** 20 };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, output: stdout + stderr });
    });
  });
}

export const mlops = (...args: string[]) => run(process.execPath, ["cli/mlops.mjs", ...args]);

export async function status(): Promise<LabStatus> {
  const { stdout } = await mlops("lab", "status", "--json");
  return JSON.parse(stdout) as LabStatus;
}

export async function processStatus(name: string) {
  const found = (await status()).processes.find((process) => process.name === name);
  if (!found) throw new Error(`the lab has no process ${name}`);
  return found;
}

/** What a terminal of the lab has in its environment. */
export async function terminal(): Promise<Record<string, string>> {
  return JSON.parse((await mlops("lab", "env", "--json")).stdout) as Record<string, string>;
}

export async function toolboxPython(args: readonly string[]): Promise<Ran> {
  const env = { ...environment, ...(await terminal()) };
  return run(path.join(paths.python, "toolbox", "bin", "python"), args, env);
}

export function labId(): string {
  return idOf(paths);
}

export function secret(name: string): string {
  return (JSON.parse(fs.readFileSync(paths.secrets, "utf8")) as Record<string, string>)[name] ?? "";
}

/** `npm start` in a terminal, and everything it has printed. */
export class Start {
  readonly child: ChildProcess;
  output = "";
  readonly exited: Promise<number | null>;

  constructor() {
    this.child = spawn("npm", ["start"], { cwd: project, env: environment, detached: true });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk;
      });
    }
    this.exited = new Promise((resolve) => this.child.once("exit", resolve));
  }

  async until(text: string, timeout = 600_000): Promise<void> {
    let over = false;
    void this.exited.then(() => {
      over = true;
    });
    await eventually(() => {
      if (over && !this.output.includes(text)) throw new Error(`npm start ended:\n${this.output}`);
      return this.output.includes(text);
    }, timeout);
  }

  /** Ctrl-C: the signal goes to the whole group, as a terminal sends it. */
  interrupt(): void {
    process.kill(-(this.child.pid ?? 0), "SIGINT");
  }
}

export async function eventually(condition: () => boolean | Promise<boolean>, timeout = 60_000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeout / 1000} s: ${condition}`);
    await new Promise((done) => setTimeout(done, 250));
  }
}

/** Addresses that processes listen on, as `address:port`; from /proc, so on Linux. */
export function listeners(pids: readonly number[]): string[] {
  const sockets = new Set<string>();
  for (const pid of pids) {
    try {
      for (const fd of fs.readdirSync(`/proc/${pid}/fd`)) {
        const link = fs.readlinkSync(`/proc/${pid}/fd/${fd}`);
        const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
        if (inode) sockets.add(inode);
      }
    } catch {
      // The process has ended, or a descriptor was closed while it was read.
    }
  }
  const found: string[] = [];
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of fs.readFileSync(file, "utf8").trim().split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [address = "", state, inode = ""] = [fields[1], fields[3], fields[9]];
      if (state === "0A" && sockets.has(inode)) found.push(address);
    }
  }
  return found;
}

/** 127.0.0.1 as /proc/net/tcp writes it, and ::1 as tcp6 does. */
export const loopback = /^(0100007F|00000000000000000000000001000000|0000000000000000FFFF00000100007F):/;

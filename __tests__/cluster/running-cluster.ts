import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The cluster of these tests, and how they use it. What it has is told by variables:
 *
 * | variable | meaning |
 * |---|---|
 * | `KUBECONFIG`, `CLUSTER_CONTEXT` | the cluster; default: the current context |
 * | `CLUSTER_STORAGE_CLASS` | default: the cluster's default class, else its only one |
 * | `CLUSTER_TOOLBOX_IMAGE`, `CLUSTER_SERVING_IMAGE` | the project's images, as the nodes find them |
 * | `CHARTS_DIR` | a folder with the charts, where their registries cannot be reached |
 * | `CLUSTER_ENVIRONMENT` | a JSON file merged over the environment, such as an object store that is given |
 * | `IF_AVAILABLE=1` | without a cluster nothing is run, which is said; as the option `--if-available` |
 */
export const project = path.resolve(__dirname, "../..");
const kubectl = process.env["KUBECTL"] ?? "kubectl";
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-cluster-"));

/** Where the measured times of a run are written. */
export const timesFile = path.join(folder, "times.json");

/** Why there is no cluster to run in; undefined where there is one. */
export function cluster(): string | undefined {
  if (!process.env["KUBECONFIG"]) return "KUBECONFIG names no cluster; name one that these tests may fill and empty";
  try {
    ask("get", "nodes", "--request-timeout", "15s");
    return undefined;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error).trim();
    return `the cluster of KUBECONFIG does not answer: ${said.split("\n").at(-1)}`;
  }
}

function ask(...args: string[]): string {
  const context = process.env["CLUSTER_CONTEXT"];
  return execFileSync(kubectl, [...(context ? ["--context", context] : []), ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

/** Writes the environment of these tests, with options of JupyterHub changed, and returns its file. */
export function writeEnvironment(hub: Readonly<Record<string, unknown>> = {}): string {
  const image = (name: string) =>
    process.env[`CLUSTER_${name.toUpperCase()}_IMAGE`] ?? `localhost/open-mlops/${name}:0.1.0`;
  const charts = process.env["CHARTS_DIR"];
  const overrides = process.env["CLUSTER_ENVIRONMENT"];
  const environment = {
    name: "cluster-test",
    place: "existing",
    context: process.env["CLUSTER_CONTEXT"] ?? ask("config", "current-context"),
    kubeconfig: process.env["KUBECONFIG"],
    size: "kind",
    storageClass: process.env["CLUSTER_STORAGE_CLASS"] ?? storageClass(),
    objectStore: { mode: "seaweedfs", storageGiB: 5 },
    database: { mode: "cloudnative-pg", instances: 1, storageGiB: 2 },
    gpu: { mode: "none" },
    state: { mode: "local" },
    images: { toolbox: image("toolbox"), serving: image("serving") },
    ...(charts ? { mirror: { charts: { mode: "folder", path: path.resolve(charts) } } } : {}),
    components: [
      { tool: "jupyterhub", homeGiB: 1, ...hub },
      { tool: "mlflow" },
      { tool: "prefect", concurrency: 2 },
      { tool: "dask-gateway", maxWorkers: 2 },
      { tool: "seldon" },
    ],
    ...(overrides ? (JSON.parse(fs.readFileSync(overrides, "utf8")) as object) : {}),
  };
  const file = path.join(folder, "environment.json");
  fs.writeFileSync(file, JSON.stringify(environment));
  return file;
}

function storageClass(): string {
  const { items } = JSON.parse(ask("get", "storageclasses", "--output", "json")) as {
    items: { metadata: { name: string; annotations?: Record<string, string> } }[];
  };
  const marked = items.find(
    (each) => each.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
  );
  const chosen = marked ?? (items.length === 1 ? items[0] : undefined);
  if (!chosen) throw new Error("the cluster has no default storage class; name one in CLUSTER_STORAGE_CLASS");
  return chosen.metadata.name;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly output: string;
}

/** The command as a person runs it. */
export function mlops(...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [path.join(project, "cli/mlops.mjs"), ...args], { cwd: project });
  let stdout = "";
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk;
    output += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code: code ?? 1, stdout, output })));
}

/** Starts a deployment and kills it with all it has started, as a machine does that loses its power. */
export async function killedDeploy(environment: string, seconds: number): Promise<void> {
  const args = [path.join(project, "cli/mlops.mjs"), "deploy", environment, "--json"];
  const child = spawn(process.execPath, args, { cwd: project, detached: true, stdio: "ignore" });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const early = await Promise.race([ended, sleep(seconds * 1000).then(() => "still at work")]);
  for (const pid of [child.pid ?? 0, ...descendants(child.pid ?? 0)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }
  if (early !== "still at work" && early !== 0)
    throw new Error(`the deployment ended with code ${early} before it was killed`);
}

/** What a process has started, and what that has. Terraform has a group of its own, so the tree is followed. */
function descendants(pid: number): number[] {
  const all = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const children = all.flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
  return children.flatMap((child) => [child, ...descendants(child)]);
}

export async function eventually(condition: () => boolean | Promise<boolean>, timeout: number): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeout / 1000} s: ${condition}`);
    await sleep(1000);
  }
}

let broken: string | undefined;

/** A test that goes on where the one before has ended: after a failure there is nothing to go on from. */
export function inOrder(name: string, work: () => Promise<void>): void {
  test(name, async () => {
    if (broken) throw new Error(`not run: "${broken}" has failed`);
    try {
      await work();
    } catch (error) {
      broken = name;
      throw error;
    }
  });
}

/** Runs a step and prints how long it took. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  try {
    return await work();
  } finally {
    const seconds = Math.round((Date.now() - began) / 100) / 10;
    step.times.push({ step: name, seconds });
    console.log(`${name}: ${seconds} s`);
  }
}
step.times = [] as { step: string; seconds: number }[];

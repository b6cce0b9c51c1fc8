import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { python } from "../constructs/pins";
import { LabError } from "./errors";
import { labId } from "./id";
import { markVariable } from "./marked";
import type { LabPaths } from "./paths";
import { runCommand } from "./run-command";
import { misleading } from "./terminal";

/** The two locked environments: people's code and the tools, and the model server, which does not resolve with them. */
export const environments = ["toolbox", "serving"] as const;
export type PythonEnvironment = (typeof environments)[number];

/** Bytes that both environments and the tools' first data take, with room to spare (1.6 GB measured). */
const diskNeeded = 4 * 2 ** 30;

/** A line of progress for a person. */
export type Report = (line: string) => void;

/**
 * Makes the environment what its lock says, or returns at once when it is already.
 *
 * @throws LabError when Python, the disk or the network is missing
 */
export async function installEnvironment(paths: LabPaths, name: PythonEnvironment, report: Report): Promise<void> {
  // The lab's mark, so that what is being installed is ended with the lab.
  const env: NodeJS.ProcessEnv = { ...process.env, [markVariable]: labId(paths) };
  for (const each of [...misleading, "VIRTUAL_ENV"]) delete env[each];
  const folder = path.join(paths.python, name);
  const lock = path.join(paths.project, "toolbox", "locks", `${name}.txt`);
  const stamp = path.join(folder, ".installed");
  const interpreter = await findPython();
  const wanted = fingerprint(paths, lock, interpreter);
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted) return;

  checkDisk(paths.root);
  fs.rmSync(stamp, { force: true });
  const uv = await findUv(paths, interpreter, report, env);
  const inFolder = ["--python", path.join(folder, "bin", "python")];
  await run(uv, ["venv", "--allow-existing", "--python", interpreter, folder], report, env);
  await run(uv, ["pip", "sync", ...inFolder, "--require-hashes", lock], report, env);
  if (name === "toolbox") {
    // Editable, so that a change of the package is there at the next start; what builds it is in the lock.
    const own = ["--no-deps", "--no-build-isolation", "--editable", path.join(paths.project, "toolbox")];
    await run(uv, ["pip", "install", ...inFolder, ...own], report, env);
    quietJupyterLab(paths, folder);
  }
  fs.writeFileSync(stamp, wanted);
}

/** The oldest Python that the locks are made for, or a newer one of their range. */
export async function findPython(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = env["OPEN_MLOPS_PYTHON"];
  const candidates = named ? [named] : ["python3.12", "python3.11", "python3.13", "python3", "python"];
  const seen: string[] = [];
  for (const candidate of candidates) {
    const asked = await runCommand(
      candidate,
      ["-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"],
      {
        env,
      },
    );
    if (asked.code !== 0) continue;
    const [version = "", executable = ""] = asked.stdout.split(/ (.*)/s);
    if (atLeast(version, python.minimum) && !atLeast(version, python.below)) return executable.trim();
    seen.push(`${candidate} is ${version}`);
  }
  throw new LabError(
    `No Python ${python.minimum} to below ${python.below} was found${seen.length > 0 ? ` (${seen.join(", ")})` : ""}; ` +
      "install one, or name it in OPEN_MLOPS_PYTHON",
  );
}

function atLeast(version: string, minimum: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimum.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** uv of the pinned version: the one on PATH when it is that, else one of the lab's own. */
async function findUv(paths: LabPaths, interpreter: string, report: Report, env: NodeJS.ProcessEnv): Promise<string> {
  const onPath = await runCommand("uv", ["--version"]);
  if (onPath.code === 0 && onPath.stdout.includes(` ${python.uv.version}`)) return "uv";
  const folder = path.join(paths.python, "uv");
  const own = path.join(folder, "bin", "uv");
  const there = await runCommand(own, ["--version"]);
  if (there.code === 0 && there.stdout.includes(` ${python.uv.version}`)) return own;
  report("getting uv");
  const made = await runCommand(interpreter, ["-m", "venv", "--clear", folder]);
  if (made.code !== 0) {
    throw new LabError(
      `${interpreter} cannot make a virtual environment; install its venv module (Debian: apt install python3-venv), or uv ${python.uv.version}`,
      made.output,
    );
  }
  await run(
    path.join(folder, "bin", "python"),
    ["-m", "pip", "install", "--quiet", `uv==${python.uv.version}`],
    report,
    env,
  );
  return own;
}

async function run(command: string, args: readonly string[], report: Report, base: NodeJS.ProcessEnv): Promise<void> {
  const env = { ...base, UV_NO_PROGRESS: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const { code, output } = await runCommand(command, args, { env, onLine: report });
  if (code === 0) return;
  const network = /dns|resolve host|connection|network|timed? ?out|failed to fetch|tunnel/i.test(output.join("\n"));
  throw new LabError(
    network
      ? "A package could not be downloaded; check the network and the proxy settings, then run it again: what is there is kept"
      : `\`${path.basename(command)} ${args.slice(0, 2).join(" ")}\` failed`,
    output.slice(-15),
  );
}

/** @throws LabError when the folder's disk has too little room; `free` is what the system says, in bytes */
export function checkDisk(root: string, free = freeBytes(root)): void {
  if (free >= diskNeeded) return;
  throw new LabError(
    `${root} has ${gigabytes(free)} GB free and the lab needs ${gigabytes(diskNeeded)} GB to install; ` +
      "free some, or set OPEN_MLOPS_LAB_DIR to a folder on another disk",
  );
}

function freeBytes(root: string): number {
  fs.mkdirSync(root, { recursive: true });
  const { bavail, bsize } = fs.statfsSync(root);
  return bavail * bsize;
}

const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);

/** Changes when the lock, the interpreter or the package's own metadata does. */
function fingerprint(paths: LabPaths, lock: string, interpreter: string): string {
  const hash = createHash("sha256");
  for (const file of [lock, path.join(paths.project, "toolbox", "pyproject.toml")]) hash.update(fs.readFileSync(file));
  return hash.update(interpreter).digest("hex");
}

/** JupyterLab asks at the first visit whether it may fetch news from outside; here it does not ask. */
function quietJupyterLab(paths: LabPaths, folder: string): void {
  const settings = path.join(folder, "share", "jupyter", "lab", "settings");
  fs.mkdirSync(settings, { recursive: true });
  fs.copyFileSync(
    path.join(paths.project, "constructs/components/jupyterhub/jupyterlab-overrides.json"),
    path.join(settings, "overrides.json"),
  );
}

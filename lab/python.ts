import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { python } from "../constructs/pins";
import { LabError } from "./errors";
import { alive } from "./marked";
import { type LabPaths, labPaths } from "./paths";
import { runCommand } from "./run-command";
import { misleading } from "./terminal";

/** A line of progress for a person. */
export type Report = (line: string) => void;

/** Runs a command to its end. @throws LabError when it fails */
export type RunStep = (command: string, args: readonly string[]) => Promise<void>;

export interface InstallOptions {
  /** Where environments are kept. Default: the lab's folder, which everything of this project shares. */
  readonly paths?: LabPaths;
  readonly report?: Report;
  /** Variables for what is run, besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files besides the lock that make an environment another one when they change. */
  readonly also?: readonly string[];
  /** Called once, before anything is written. */
  readonly before?: () => void;
  /** What else the environment gets after its packages, by the uv that made it. */
  readonly after?: (folder: string, uv: string, run: RunStep) => Promise<void>;
}

/**
 * Makes the Python environment of `toolbox/locks/<name>.txt`, or returns at once when it is what the lock says. Two
 * processes that ask at one time agree: the second waits for the first.
 *
 * @returns its folder; the interpreter is `bin/python` in it
 * @throws LabError when Python, the disk or the network is missing
 */
export async function installFromLock(name: string, options: InstallOptions = {}): Promise<string> {
  const { paths = labPaths(), report = () => {}, also = [] } = options;
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  for (const each of [...misleading, "VIRTUAL_ENV"]) delete env[each];
  const folder = path.join(paths.python, name);
  const lock = path.join(paths.project, "toolbox", "locks", `${name}.txt`);
  const stamp = path.join(folder, ".installed");
  const interpreter = await findPython();
  const wanted = fingerprint([lock, ...also], interpreter);
  const done = () => fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === wanted;
  if (done()) return folder;

  options.before?.();
  const release = await claim(path.join(paths.python, `.installing-${name}`), report);
  try {
    if (done()) return folder;
    fs.rmSync(stamp, { force: true });
    const step: RunStep = (command, args) => run(command, args, report, env);
    const uv = await findUv(paths.python, interpreter, report, env);
    await step(uv, ["venv", "--allow-existing", "--python", interpreter, folder]);
    await step(uv, ["pip", "sync", "--python", path.join(folder, "bin", "python"), "--require-hashes", lock]);
    await options.after?.(folder, uv, step);
    fs.writeFileSync(stamp, wanted);
    return folder;
  } finally {
    release();
  }
}

/** Waits until no other live process installs, and says that this one does. */
async function claim(file: string, report: Report): Promise<() => void> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => fs.rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = readHolder(file);
    // Empty for the moment between making and writing it.
    if (holder === undefined || !alive(holder)) {
      await new Promise((resume) => setTimeout(resume, 200));
      if (readHolder(file) === holder) fs.rmSync(file, { force: true });
      continue;
    }
    report(`waiting for process ${holder}, which installs`);
    await new Promise((resume) => setTimeout(resume, 500));
  }
}

function readHolder(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, "utf8")) || undefined;
  } catch {
    return undefined;
  }
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

/** The uv of the pins: what is on the path, or else one of our own in `home`. */
export async function findUv(
  home: string,
  interpreter: string,
  report: Report,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const onPath = await runCommand("uv", ["--version"]);
  if (onPath.code === 0 && onPath.stdout.includes(` ${python.uv.version}`)) return "uv";
  const folder = path.join(home, "uv");
  const own = path.join(folder, "bin", "uv");
  const release = await claim(path.join(home, ".installing-uv"), report);
  try {
    const there = await runCommand(own, ["--version"]);
    if (there.code !== 0 || !there.stdout.includes(` ${python.uv.version}`))
      await getUv(folder, interpreter, report, env);
    return own;
  } finally {
    release();
  }
}

async function getUv(folder: string, interpreter: string, report: Report, env: NodeJS.ProcessEnv): Promise<void> {
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

/** Changes when one of the files or the interpreter does. */
function fingerprint(files: readonly string[], interpreter: string): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(fs.readFileSync(file));
  return hash.update(interpreter).digest("hex");
}

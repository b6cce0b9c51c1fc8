import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { devNull, tmpdir } from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import { LabError } from "../lab/errors";
import { installFromLock, type Report } from "../lab/python";
import { withoutProxy } from "../lab/terminal";

/** An AWS of this machine's own: an empty account that is gone when it stops. */
export interface Emulator {
  readonly endpoint: string;
  /** This process's variables, with every way to a real account replaced: for Terraform, boto3 and the AWS SDKs. */
  readonly env: NodeJS.ProcessEnv;
  /** The file with what it has answered and where it failed. It goes with the emulator. */
  readonly log: string;
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  /** Default: us-east-1. */
  readonly region?: string;
  /** How long it may take to answer, in milliseconds. Default: two minutes. */
  readonly patience?: number;
  readonly report?: Report;
}

/**
 * Starts the emulator on a free port of the loopback interface; its Python environment is made at the first start. It
 * ends with this process, however that ends.
 *
 * @throws LabError when it cannot be installed or does not start
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { region = "us-east-1", patience = 120_000, report } = options;
  const environment = await installFromLock("rehearsal", { report });
  const folder = fs.mkdtempSync(path.join(tmpdir(), "open-mlops-emulator-"));
  const log = path.join(folder, "emulator.log");
  const output = fs.openSync(log, "w");
  const child = spawn(path.join(environment, "bin", "python"), ["-m", "emulator"], {
    cwd: __dirname,
    // It needs nothing of an account, and must not write into the project.
    env: { ...withoutAws(process.env), PYTHONDONTWRITEBYTECODE: "1" },
    // Its standard input ends when this process does, and it ends with that.
    stdio: ["pipe", "pipe", output],
  });
  fs.closeSync(output);
  const stop = async () => {
    await end(child);
    fs.rmSync(folder, { recursive: true, force: true });
  };
  try {
    const endpoint = await answered(child, patience);
    return { endpoint, env: emulatorEnvironment(endpoint, region), log, stop };
  } catch (error) {
    const lines = fs.readFileSync(log, "utf8").trim().split("\n").slice(-15);
    await stop();
    throw new LabError(`The AWS emulator did not start: ${(error as Error).message}`, lines);
  }
}

/** Variables that lead the AWS SDKs and Terraform to the emulator, and leave no way to a real account. */
export function emulatorEnvironment(endpoint: string, region: string, base = process.env): NodeJS.ProcessEnv {
  return {
    ...withoutAws(base),
    ...withoutProxy(base),
    AWS_ENDPOINT_URL: endpoint,
    // Keys of nobody: even a request that went astray would be refused.
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** What a shell has for a real account, such as a profile, a session's token or an endpoint of its own, left out. */
function withoutAws(base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(base).filter(([name]) => !name.startsWith("AWS_")));
}

async function answered(child: ChildProcess, patience: number): Promise<string> {
  const { stdout } = child;
  if (!stdout) throw new Error("its output cannot be read");
  const lines = createInterface({ input: stdout });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience);
      child.once("error", reject);
      child.once("exit", (code, signal) => reject(new Error(`it ended with ${signal ?? `code ${code}`}`)));
      lines.once("line", (line) => resolve((JSON.parse(line) as { endpoint: string }).endpoint));
    });
  } finally {
    clearTimeout(timer);
    lines.close();
    // What it prints later is read by nobody, and must not fill the pipe.
    stdout.resume();
  }
}

/** Ends it by closing its standard input, and by force when it does not listen. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin?.end();
  const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}

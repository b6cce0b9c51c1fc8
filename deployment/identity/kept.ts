import { createHash, randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DeploymentError } from "../errors";

/** What a person who signed in has from the issuer. */
export interface KeptTokens {
  readonly accessToken: string;
  /** Seconds since 1970, by this machine's clock. */
  readonly expiresAt: number;
  /** Absent where the issuer gives none: people sign in again when the access token has expired. */
  readonly refreshToken?: string;
}

/** A lock older than this is of a command that was killed; the longest request is shorter. */
const staleAfterMs = 60_000;

/**
 * The tokens that one person has of one issuer, in a file that nobody else can read:
 * `$XDG_STATE_HOME/open-mlops/tokens/<host>-<hash>.json`, or under `~/.local/state`.
 */
export class TokenFile {
  readonly path: string;

  constructor(issuer: string, clientId: string, env: NodeJS.ProcessEnv = process.env) {
    // The standard says that a relative path is to be ignored.
    const set = env["XDG_STATE_HOME"] ?? "";
    const state = path.isAbsolute(set) ? set : path.join(os.homedir(), ".local", "state");
    const hash = createHash("sha256").update(`${issuer}\n${clientId}`).digest("hex").slice(0, 12);
    this.path = path.join(state, "open-mlops", "tokens", `${new URL(issuer).hostname}-${hash}.json`);
  }

  /** Undefined where nobody has signed in, or where the file was damaged. */
  read(): KeptTokens | undefined {
    try {
      const { accessToken, expiresAt, refreshToken } = JSON.parse(fs.readFileSync(this.path, "utf8")) as KeptTokens;
      return typeof accessToken === "string" && typeof expiresAt === "number"
        ? { accessToken, expiresAt, refreshToken }
        : undefined;
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new DeploymentError(`${this.path} cannot be read: ${(error as Error).message}`);
    }
  }

  /** In one step: another command reads the tokens before or those after. */
  write(tokens: KeptTokens): void {
    const temporary = `${this.path}.${randomUUID()}`;
    try {
      this.makeFolder();
      fs.writeFileSync(temporary, JSON.stringify(tokens), { mode: 0o600, flag: "wx" });
      fs.renameSync(temporary, this.path);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw new DeploymentError(`${this.path} cannot be written: ${(error as Error).message}`);
    }
  }

  remove(): void {
    fs.rmSync(this.path, { force: true });
  }

  /**
   * One command at a time: an issuer that gives a new refresh token for each use takes a used one for stolen, and ends the
   * session of whoever sent it second.
   */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.path}.lock`;
    this.makeFolder();
    while (!take(lock)) await delay(50);
    try {
      return await work();
    } finally {
      fs.rmSync(lock, { force: true });
    }
  }

  private makeFolder(): void {
    fs.mkdirSync(path.dirname(this.path), { recursive: true, mode: 0o700 });
  }
}

function take(lock: string): boolean {
  try {
    fs.writeFileSync(lock, String(process.pid), { mode: 0o600, flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST")
      throw new DeploymentError(`${lock} cannot be written: ${(error as Error).message}`);
    const made = fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - made > staleAfterMs) fs.rmSync(lock, { force: true });
    return false;
  }
}

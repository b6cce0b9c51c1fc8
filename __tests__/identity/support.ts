import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import type { SignInPlace } from "../../deployment/identity/place";

export const audience = "urn:open-mlops";

export interface IssuerSettings {
  /** Seconds that access tokens are good for. */
  readonly lifetime?: number;
  /** Of the client `mlops-ci`, which is there if it has one. */
  readonly secret?: string;
  /** Where the client `hub`, which has the same secret, gets people sent back to. */
  readonly callback?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Seconds that the issuer's clock is ahead. */
  readonly skew?: number;
}

const running: ChildProcess[] = [];

/** Starts a real issuer on loopback; `stopIssuers` ends it. */
export async function startIssuer(settings: IssuerSettings = {}): Promise<string> {
  return (await startChanging(settings)).issuer;
}

/** What an issuer says from now on, as `issuer.mjs` has it. */
export interface Change {
  readonly groups?: Readonly<Record<string, readonly string[] | null>>;
  readonly away?: boolean;
}

/** Starts an issuer that can be told to say something else. */
export async function startChanging(settings: IssuerSettings) {
  const file = path.join(__dirname, "issuer.mjs");
  const child = spawn(process.execPath, [file, JSON.stringify({ audience, ...settings })], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  running.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const change = (to: Change) => void child.stdin.write(`${JSON.stringify(to)}\n`);
  return { issuer: line.toString().trim(), change };
}

export async function stopIssuers(): Promise<void> {
  await Promise.all(
    running.splice(0).map((child) => {
      const ended = once(child, "exit");
      child.stdin?.end();
      return ended;
    }),
  );
}

export function placeAt(issuer: string): SignInPlace {
  return {
    environment: "dev",
    issuer,
    deviceClientId: "mlops-cli",
    scopes: ["openid", "offline_access"],
    audience,
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  };
}

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
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Seconds that the issuer's clock is ahead. */
  readonly skew?: number;
}

const running: ChildProcess[] = [];

/** Starts a real issuer on loopback; `stopIssuers` ends it. */
export async function startIssuer(settings: IssuerSettings = {}): Promise<string> {
  const file = path.join(__dirname, "issuer.mjs");
  const child = spawn(process.execPath, [file, JSON.stringify({ audience, ...settings })], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  running.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return line.toString().trim();
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

import * as oidc from "openid-client";
import { told } from "./faults";
import type { KeptTokens } from "./kept";

/** Seconds for one request to the issuer. */
const patience = 20;

/** What an issuer says of itself, and how a client shows who it is there. Without a secret: a public client. */
export async function askIssuer(issuer: string, clientId: string, secret?: string): Promise<oidc.Configuration> {
  const url = new URL(issuer);
  // On this machine itself there is nobody to overhear it.
  const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  return told(issuer, () =>
    oidc.discovery(url, clientId, undefined, secret ? oidc.ClientSecretBasic(secret) : oidc.None(), {
      timeout: patience,
      ...(loopback ? { execute: [oidc.allowInsecureRequests] } : {}),
    }),
  );
}

/** What the issuer answered, as it is kept. An answer without a lifetime is used at once and not kept for later. */
export function received(
  answer: oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers,
  now: number,
): KeptTokens {
  return {
    accessToken: answer.access_token,
    expiresAt: Math.floor(now / 1000) + (answer.expiresIn() ?? 0),
    refreshToken: answer.refresh_token,
  };
}

import * as oidc from "openid-client";
import { DeploymentError } from "../errors";
import { NotSignedIn, refusal, told } from "./faults";
import { askIssuer, received } from "./issuer";
import { type KeptTokens, TokenFile } from "./kept";
import type { SignInPlace } from "./place";
import { deviceClient } from "./sign-in";

/** A token with less than so many seconds left is replaced: clients that are given it now use it for a while. */
const margin = 60;

/**
 * An access token of the person who signed in, good for a minute at least where the issuer's tokens live so long.
 *
 * @throws NotSignedIn where nobody is, or the issuer has ended the session
 */
export async function personsToken(place: SignInPlace): Promise<KeptTokens> {
  const { environment, issuer } = place;
  const clientId = deviceClient(place);
  const file = new TokenFile(issuer, clientId);
  const first = file.read();
  if (!first) throw new NotSignedIn(environment, `Nobody is signed in to ${environment} here`);
  if (isFresh(first)) return first;
  return file.locked(async () => {
    // Another command may have done it meanwhile.
    const kept = file.read();
    if (!kept) throw new NotSignedIn(environment, `Nobody is signed in to ${environment} here`);
    if (isFresh(kept)) return kept;
    const { refreshToken } = kept;
    if (!refreshToken) throw new NotSignedIn(environment, `The sign-in to ${environment} has expired`);
    const config = await askIssuer(issuer, clientId);
    const answer = await told(issuer, () =>
      oidc.refreshTokenGrant(config, refreshToken).catch((error: unknown) => {
        if (refusal(error) !== "invalid_grant") throw error;
        file.remove();
        throw new NotSignedIn(environment, `The sign-in to ${environment} has expired or was taken back`);
      }),
    );
    const next = { refreshToken, ...defined(received(answer, Date.now())) };
    file.write(next);
    return next;
  });
}

/**
 * An access token of a program, by client credentials. It is kept nowhere.
 *
 * @param secret of the client; from the environment of the process, never from its command line
 */
export async function programsToken(
  { issuer, audience, scopes }: SignInPlace,
  clientId: string,
  secret: string | undefined,
): Promise<KeptTokens> {
  if (!secret)
    throw new DeploymentError(
      `The secret of the client ${clientId} is missing; set OPEN_MLOPS_CLIENT_SECRET, which CI keeps as a secret`,
    );
  const config = await askIssuer(issuer, clientId, secret);
  // What belongs to a person's sign-in is nothing to a program, and some issuers refuse it.
  const own = scopes.filter((scope) => !["openid", "profile", "email", "offline_access"].includes(scope));
  const answer = await told(issuer, () =>
    oidc.clientCredentialsGrant(config, {
      ...(own.length > 0 ? { scope: own.join(" ") } : {}),
      audience,
    }),
  );
  return received(answer, Date.now());
}

/** The variables by which clients that know nothing of this platform send a token. */
export function tokenEnv(accessToken: string): Record<string, string> {
  return {
    MLFLOW_TRACKING_TOKEN: accessToken,
    // PREFECT_API_KEY is sent over HTTP alone; these go with its web sockets (events, logs) too.
    PREFECT_CLIENT_CUSTOM_HEADERS: JSON.stringify({ Authorization: `Bearer ${accessToken}` }),
    OPEN_MLOPS_TOKEN: accessToken,
  };
}

function isFresh({ expiresAt }: KeptTokens): boolean {
  return expiresAt - Date.now() / 1000 > margin;
}

/** Without what is undefined, so that it hides nothing when spread over something else. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

import * as oidc from "openid-client";
import { DeploymentError } from "../errors";
import { refusal, told } from "./faults";
import { askIssuer, received } from "./issuer";
import { type KeptTokens, TokenFile } from "./kept";
import type { SignInPlace } from "./place";

/** What a person is asked to do, on any machine with a browser. */
export interface DeviceCode {
  readonly url: string;
  readonly code: string;
  /** The address with the code in it, where the issuer gives one. */
  readonly completeUrl?: string;
  /** Seconds that the code is good for. */
  readonly expiresIn: number;
}

/**
 * Signs a person in by the device flow (RFC 8628), and keeps the tokens in the person's file.
 *
 * @param show is given what the person must do; the answer is waited for until the code expires or `signal` says stop
 */
export async function signIn(
  place: SignInPlace,
  show: (device: DeviceCode) => void,
  signal?: AbortSignal,
): Promise<KeptTokens> {
  const { issuer, scopes, audience } = place;
  const clientId = deviceClient(place);
  const config = await askIssuer(issuer, clientId);
  if (!config.serverMetadata().device_authorization_endpoint)
    throw new DeploymentError(
      `${issuer} has no device flow (RFC 8628), so \`mlops login\` cannot sign people in there`,
    );
  // Not part of the device flow's standard; Keycloak holds a client with PKCE to it here too, and others ignore it.
  const verifier = oidc.randomPKCECodeVerifier();
  const challenge = await oidc.calculatePKCECodeChallenge(verifier);
  const device = await told(issuer, () =>
    oidc.initiateDeviceAuthorization(config, {
      scope: scopes.join(" "),
      code_challenge: challenge,
      code_challenge_method: "S256",
      // No standard's name, but that of several issuers; others ignore it and say by themselves whom their tokens are for.
      audience,
    }),
  );
  show({
    url: device.verification_uri,
    code: device.user_code,
    completeUrl: device.verification_uri_complete,
    expiresIn: device.expires_in,
  });
  const answer = await told(issuer, () => confirmed(config, device, verifier, place.environment, signal));
  const tokens = received(answer, Date.now());
  new TokenFile(issuer, clientId).write(tokens);
  return tokens;
}

/**
 * Forgets the tokens here, and tells the issuer to take them back.
 *
 * @returns whether somebody was signed in, and why the issuer was not told, if it was not
 */
export async function signOut(place: SignInPlace): Promise<{ readonly was: boolean; readonly notTold?: string }> {
  const clientId = deviceClient(place);
  const file = new TokenFile(place.issuer, clientId);
  return file.locked(async () => {
    const kept = file.read();
    // First of all: whoever signs out offline is signed out here.
    file.remove();
    if (!kept) return { was: false };
    try {
      const config = await askIssuer(place.issuer, clientId);
      if (!config.serverMetadata().revocation_endpoint)
        return { was: true, notTold: `${place.issuer} takes no tokens back; they expire by themselves` };
      await told(place.issuer, () => oidc.tokenRevocation(config, kept.refreshToken ?? kept.accessToken));
      return { was: true };
    } catch (error) {
      return { was: true, notTold: (error as Error).message };
    }
  });
}

/** The public client of people's machines. */
export function deviceClient({ environment, deviceClientId }: SignInPlace): string {
  if (deviceClientId === undefined)
    throw new DeploymentError(
      `The environment "${environment}" names no client for people's own machines; make a public one with the device flow at the issuer, and name it in \`identity.deviceClientId\``,
    );
  return deviceClientId;
}

async function confirmed(
  config: oidc.Configuration,
  device: Awaited<ReturnType<typeof oidc.initiateDeviceAuthorization>>,
  verifier: string,
  environment: string,
  signal?: AbortSignal,
) {
  const again = `run \`mlops login ${environment}\` again`;
  const deadline = AbortSignal.timeout(device.expires_in * 1000);
  try {
    return await oidc.pollDeviceAuthorizationGrant(
      config,
      device,
      { code_verifier: verifier },
      { signal: signal ? AbortSignal.any([signal, deadline]) : deadline },
    );
  } catch (error) {
    if (signal?.aborted) throw new DeploymentError("Stopped as asked; nobody was signed in");
    const code = deadline.aborted ? "expired_token" : refusal(error);
    if (code === "access_denied") throw new DeploymentError(`The sign-in was denied in the browser; ${again}`);
    if (code === "expired_token")
      throw new DeploymentError(`Nobody confirmed the code within ${device.expires_in} s; ${again}`);
    throw error;
  }
}

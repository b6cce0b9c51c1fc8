import { ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { DeploymentError } from "../errors";

/** Nobody is signed in, or no longer: `mlops login` mends it. */
export class NotSignedIn extends DeploymentError {
  constructor(environment: string, because: string) {
    super(`${because}; run \`mlops login ${environment}\``);
    this.name = "NotSignedIn";
  }
}

/** Runs what asks an issuer; what goes wrong is told with what a person can do. */
export async function told<T>(issuer: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explained(issuer, error);
  }
}

/** The issuer's own code for why it refused, as RFC 6749 and RFC 8628 name them; undefined where it did not answer so. */
export function refusal(error: unknown): string | undefined {
  // An answer with a challenge is read no further; RFC 6749 has it for a client that is not known or gave a wrong secret.
  if (error instanceof WWWAuthenticateChallengeError) return "invalid_client";
  return error instanceof ResponseBodyError ? error.error : undefined;
}

function explained(issuer: string, error: unknown): Error {
  if (error instanceof DeploymentError) return error;
  const { hostname } = new URL(issuer);
  const refused = refusal(error);
  if (refused !== undefined) {
    const why = error instanceof ResponseBodyError && error.error_description ? ` (${error.error_description})` : "";
    return new DeploymentError(`${hostname} refused: ${refused}${why}${remedies[refused] ?? ""}`);
  }
  const codes = codesOf(error);
  if (codes.some((code) => code === "OAUTH_JWT_TIMESTAMP_CHECK_FAILED"))
    return new DeploymentError(
      `The token of ${hostname} is not valid at this machine's time, ${new Date().toISOString()}; set its clock (\`timedatectl set-ntp true\`)`,
    );
  if (codes.some((code) => code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID"))
    return new DeploymentError(
      `The certificate of ${hostname} is not valid at this machine's time, ${new Date().toISOString()}; set its clock, or have the certificate renewed`,
    );
  if (codes.some((code) => untrusted.has(code)))
    return new DeploymentError(
      `The certificate of ${hostname} is of an authority that this machine does not trust (${codes.at(-1)}). If it is your platform's own, save its certificate as docs/tokens.md says and set NODE_EXTRA_CA_CERTS to the file`,
    );
  if (codes.some((code) => code === "OAUTH_RESPONSE_IS_NOT_CONFORM" || code === "OAUTH_RESPONSE_IS_NOT_JSON"))
    return new DeploymentError(
      `${issuer} does not answer as an issuer; look whether the platform is deployed and the address is right: ${issuer}/.well-known/openid-configuration`,
    );
  if (codes.some((code) => unreachable.test(code)))
    return new DeploymentError(
      `${hostname} cannot be reached; look at the network, and whether the platform is there and lets this network in`,
      messagesOf(error).slice(-1),
    );
  return new DeploymentError(`${hostname} could not be asked`, messagesOf(error));
}

const remedies: Readonly<Record<string, string>> = {
  invalid_client: "; look at the client's name and secret",
  unauthorized_client:
    "; look at the client's name and secret, and whether it may sign in this way: people by the device flow, CI by client credentials",
  invalid_scope: "; name in `identity.scopes` what the client may ask for",
};

/** What OpenSSL says, as Node.js names it, of a chain whose end is not in the store. */
const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** How Node.js and its fetch name a network that does not lead there, and the library one that takes too long. */
const unreachable =
  /^(E[A-Z_]*(REFUSED|RESET|UNREACH|TIMEDOUT|NOTFOUND|AGAIN|PIPE)|UND_ERR_\w+|OAUTH_TIMEOUT|OAUTH_ABORT)$/;

/** An error and what caused it, the last the innermost. */
function chain(error: unknown): Error[] {
  return typeof error === "object" && error !== null && "message" in error
    ? [error as Error, ...chain((error as Error).cause)]
    : [];
}

function codesOf(error: unknown): string[] {
  return chain(error).flatMap((each) => {
    const { code } = each as NodeJS.ErrnoException;
    return typeof code === "string" ? [code] : [];
  });
}

function messagesOf(error: unknown): string[] {
  return chain(error).map(({ message }) => message);
}

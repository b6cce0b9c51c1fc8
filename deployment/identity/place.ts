import { publicUrl } from "../../constructs/contracts/edge";
import { realmPath, signInHost } from "../../constructs/foundation/keycloak/address";
import { audience, deviceClient } from "../../constructs/foundation/keycloak/clients";
import { DeploymentError } from "../errors";
import type { ClusterEnvironment } from "../synthesize";

/** Where code outside a platform gets its tokens, and for what. */
export interface SignInPlace {
  /** The environment as the person named it to the command: a name, or a file. */
  readonly environment: string;
  /** As tokens name it: its configuration is at `<issuer>/.well-known/openid-configuration`. */
  readonly issuer: string;
  /** The public client of people's own machines. Absent: the issuer has none for this environment. */
  readonly deviceClientId?: string;
  readonly scopes: readonly string[];
  /** Whom tokens must be made for, or the edge refuses them. */
  readonly audience: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
}

/**
 * @param named as the person named the environment to the command
 * @throws DeploymentError for an environment in which nobody is known, so that there are no tokens
 */
export function signInPlace(environment: ClusterEnvironment, named: string): SignInPlace {
  const { identity } = environment;
  const edge = edgeOf(environment);
  if (identity.mode === "none" || !edge)
    throw new DeploymentError(
      `The environment "${environment.name}" ${edge ? "knows no people" : "is reached by kubectl alone"}, so it has no tokens; set \`identity\`, and an edge or a domain, or forward its ports as \`mlops status ${named}\` says`,
    );
  if (identity.mode === "builtin")
    return {
      environment: named,
      issuer: `${publicUrl(edge, signInHost)}${realmPath}`,
      deviceClientId: deviceClient,
      // Without the last one the sign-in would end with the person's session in the browser.
      scopes: ["openid", "profile", "email", "offline_access"],
      audience,
      usernameClaim: "preferred_username",
      groupsClaim: "groups",
    };
  const { issuer, deviceClientId, scopes, usernameClaim, groupsClaim } = identity;
  const audienceOfAll = identity.audience ?? identity.clientId;
  return { environment: named, issuer, deviceClientId, scopes, audience: audienceOfAll, usernameClaim, groupsClaim };
}

/** What an environment's edge is called from outside; undefined where it has none. */
export function edgeOf(environment: ClusterEnvironment) {
  if (environment.place === "aws") {
    const { domain } = environment;
    return domain.mode === "route53"
      ? { domain: domain.name, service: { type: "load-balancer", annotations: {}, from: domain.from } as const }
      : undefined;
  }
  return environment.edge.mode === "gateway" ? environment.edge : undefined;
}

/** The variables by which clients outside find the platform; those with the token in them come from `tokenEnv`. */
export function addressEnv(environment: ClusterEnvironment): Record<string, string> {
  const edge = edgeOf(environment);
  if (!edge) return {};
  const address = (role: string) => {
    const host = environment.components.find((each) => each.role === role)?.published?.[0]?.host;
    return host && publicUrl(edge, host);
  };
  const [tracking, workflow, serving] = [address("tracking"), address("workflow"), address("serving")];
  return {
    OPEN_MLOPS_DOMAIN: edge.domain,
    ...(tracking ? { MLFLOW_TRACKING_URI: tracking } : {}),
    ...(workflow ? { PREFECT_API_URL: `${workflow}/api` } : {}),
    ...(serving ? { OPEN_MLOPS_MODELS: serving } : {}),
  };
}

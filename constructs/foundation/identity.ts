import { Construct } from "constructs";
import { type Edge, publicUrl } from "../contracts/edge";
import type { Part } from "../contracts/foundation";
import type { Identity, IdentityClient } from "../contracts/identity";
import { CopiedSecrets } from "./copied-secrets";
import { innerAddress, realmPath, signInHost } from "./keycloak/address";
import { audience } from "./keycloak/clients";
import { secretNames } from "./secrets";

/** The key of every secret with a client's secret in it; Envoy Gateway reads no other. */
export const clientSecretKey = "client-secret";

/** How a part signs people in: the answer to its `needs.identityClient`. Undefined where nobody knows people. */
export function identityClient(part: string, identity: Identity, edge?: Edge): IdentityClient | undefined {
  if (identity.mode === "none" || !edge) return undefined;
  const clientSecret = { name: secretNames.identity(part), key: clientSecretKey };
  if (identity.mode === "external") {
    const { issuer, endpoints, clientId, scopes, usernameClaim, groupsClaim } = identity;
    return {
      issuer,
      authorizeUrl: endpoints.authorize,
      tokenUrl: endpoints.token,
      userinfoUrl: endpoints.userinfo,
      jwksUrl: endpoints.jwks,
      endSessionUrl: endpoints.endSession,
      clientId,
      clientSecret,
      scopes,
      audience: identity.audience ?? clientId,
      usernameClaim,
      groupsClaim,
      groups: identity.groups,
    };
  }
  // Browsers come by the edge, pods by the service: no name of the edge has to lead back into the cluster.
  const outside = `${publicUrl(edge, signInHost)}${realmPath}`;
  const inside = `${innerAddress}${realmPath}/protocol/openid-connect`;
  return {
    issuer: outside,
    authorizeUrl: `${outside}/protocol/openid-connect/auth`,
    tokenUrl: `${inside}/token`,
    userinfoUrl: `${inside}/userinfo`,
    jwksUrl: `${inside}/certs`,
    endSessionUrl: `${outside}/protocol/openid-connect/logout`,
    clientId: part,
    clientSecret,
    scopes: ["openid", "profile", "email"],
    audience,
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
    groups: { admins: ["admins"], members: ["members"], viewers: ["viewers"] },
  };
}

/**
 * The client's secret of an issuer outside, which a person keeps, in each namespace that signs people in with it: a pod
 * reads secrets of its own namespace only. Nothing where the issuer is the platform's own.
 */
export class IdentitySecrets extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { namespace, identity, parts }: { namespace: string; identity: Identity; parts: readonly Part[] },
  ) {
    super(scope, id);
    if (identity.mode !== "external") return;
    new CopiedSecrets(
      this,
      "identity-secrets",
      { release: namespace, foundation: namespace },
      parts
        .filter(({ needs }) => needs.identityClient)
        .map(({ name }) => ({
          from: identity.clientSecret,
          to: { namespace: name, name: secretNames.identity(name) },
          keys: [clientSecretKey],
        })),
    );
  }
}

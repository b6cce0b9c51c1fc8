import { type Upstream, upstreamName } from "../../contracts/identity";

/** Another place where people have an account, as Keycloak writes it. */
export interface IdentityProvider {
  readonly alias: string;
  readonly providerId: "github" | "google" | "microsoft" | "oidc";
  readonly enabled: true;
  /** Whether an address that the place tells is believed without a mail to it. */
  readonly trustEmail: false;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * People who come from there are in no group until an admin puts them in one. The place must allow
 * `<sign-in>/realms/open-mlops/broker/<name>/endpoint`.
 *
 * @param secret the placeholder of the client's secret there
 */
export function identityProvider(upstream: Upstream, secret: string): IdentityProvider {
  return {
    alias: upstreamName(upstream),
    providerId: upstream.kind,
    enabled: true,
    trustEmail: false,
    config: { clientId: upstream.clientId, clientSecret: secret, syncMode: "IMPORT", ...particular(upstream) },
  };
}

function particular(upstream: Upstream): Record<string, string> {
  switch (upstream.kind) {
    case "github":
      return {};
    case "google":
      return upstream.hostedDomain ? { hostedDomain: upstream.hostedDomain } : {};
    case "microsoft":
      return { tenantId: upstream.tenant };
    case "oidc":
      return {
        issuer: upstream.issuer,
        authorizationUrl: upstream.endpoints.authorize,
        tokenUrl: upstream.endpoints.token,
        userInfoUrl: upstream.endpoints.userinfo,
        jwksUrl: upstream.endpoints.jwks,
        ...(upstream.endpoints.endSession ? { logoutUrl: upstream.endpoints.endSession } : {}),
        useJwksUrl: "true",
        validateSignature: "true",
        pkceEnabled: "true",
        pkceMethod: "S256",
        clientAuthMethod: "client_secret_basic",
        defaultScope: "openid profile email",
      };
  }
}

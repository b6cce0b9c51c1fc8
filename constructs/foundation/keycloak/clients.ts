import type { Part } from "../../contracts/foundation";
import type { Published } from "../../contracts/published";

/** Who may ask the realm for tokens. */

export interface Client {
  readonly clientId: string;
  readonly name: string;
  readonly protocol: "openid-connect";
  readonly enabled: true;
  readonly publicClient: boolean;
  /** A placeholder, which the job that applies the realm replaces. */
  readonly secret?: string;
  readonly standardFlowEnabled: boolean;
  readonly implicitFlowEnabled: false;
  readonly directAccessGrantsEnabled: false;
  readonly serviceAccountsEnabled: boolean;
  /** Roles of other clients are not put into tokens: groups say who a person is. */
  readonly fullScopeAllowed: false;
  readonly redirectUris: readonly string[];
  readonly webOrigins: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly protocolMappers: readonly ProtocolMapper[];
}

export interface ProtocolMapper {
  readonly name: string;
  readonly protocol: "openid-connect";
  readonly protocolMapper: string;
  readonly config: Readonly<Record<string, string>>;
}

/** Whom every token is made for, whichever client asked for it. */
export const audience = "open-mlops";
/** For `mlops login`: no secret, a code that the person types in a browser. */
export const deviceClient = "mlops-cli";
/** For pipelines: a member without a person. */
export const pipelineClient = "mlops-ci";

const mappers: readonly ProtocolMapper[] = [
  {
    name: "groups",
    protocol: "openid-connect",
    protocolMapper: "oidc-group-membership-mapper",
    config: {
      "claim.name": "groups",
      "full.path": "false",
      "id.token.claim": "true",
      "access.token.claim": "true",
      "userinfo.token.claim": "true",
      "introspection.token.claim": "true",
    },
  },
  {
    name: "audience",
    protocol: "openid-connect",
    protocolMapper: "oidc-audience-mapper",
    config: {
      "included.custom.audience": audience,
      "id.token.claim": "false",
      "access.token.claim": "true",
      "introspection.token.claim": "true",
    },
  },
];

const client = (
  clientId: string,
  name: string,
  own: Partial<Pick<Client, "publicClient" | "secret" | "standardFlowEnabled" | "serviceAccountsEnabled">> &
    Partial<Pick<Client, "redirectUris" | "attributes">>,
): Client => ({
  clientId,
  name,
  protocol: "openid-connect",
  enabled: true,
  publicClient: false,
  standardFlowEnabled: false,
  implicitFlowEnabled: false,
  directAccessGrantsEnabled: false,
  serviceAccountsEnabled: false,
  fullScopeAllowed: false,
  redirectUris: [],
  webOrigins: [],
  attributes: {},
  protocolMappers: mappers,
  ...own,
});

/** The hosts at which a part signs people in: its own, or for `*` every one at which the edge does. */
export function hostsOf({ needs, published = [] }: Part, parts: readonly Part[]): string[] {
  const wanted = needs.identityClient?.host;
  if (wanted === undefined) return [];
  const all: readonly Published[] = wanted === "*" ? parts.flatMap((part) => part.published ?? []) : published;
  return all
    .filter(({ host, signIn }) => (wanted === "*" ? signIn === "edge" : host === wanted))
    .map(({ host }) => host);
}

/**
 * A client for each part that signs people in, which may send them back to its own addresses and nowhere else, and one each
 * for people's own machines and for pipelines.
 *
 * @param publicUrl the public address of a host
 * @param secret the placeholder of a client's secret
 */
export function clients(
  parts: readonly Part[],
  publicUrl: (host: string) => string,
  secret: (clientId: string) => string,
): Client[] {
  return [
    ...parts
      .filter(({ needs }) => needs.identityClient)
      .map((part) => {
        const addresses = hostsOf(part, parts).map(publicUrl);
        const callbacks = part.needs.identityClient?.callbacks ?? [];
        return client(part.name, part.name, {
          secret: secret(part.name),
          standardFlowEnabled: true,
          redirectUris: addresses.flatMap((address) => callbacks.map((path) => `${address}${path}`)),
          // Keycloak's own separator.
          attributes: { "post.logout.redirect.uris": addresses.map((address) => `${address}/`).join("##") },
        });
      }),
    client(deviceClient, "People's own machines", {
      publicClient: true,
      attributes: { "oauth2.device.authorization.grant.enabled": "true", "pkce.code.challenge.method": "S256" },
    }),
    client(pipelineClient, "Pipelines", { secret: secret(pipelineClient), serviceAccountsEnabled: true }),
  ];
}

import type { PartContext } from "../../contracts/foundation";
import type { IdentityClient } from "../../contracts/identity";
import type { AuthorizationRule, Oidc, SecurityPolicy } from "../../custom-resources/security-policy";
import { type PublishedHost, publishedHosts } from "./hosts";
import { personHeader } from "./names";
import { everyHost } from "./traffic-policies";

/** Where a person is sent back to from signing in; nothing of a tool can be there. */
export const callbackPath = "/oauth2/callback";
/** At any host: it ends the session at the issuer, and with it all others as soon as their tokens are refreshed. */
export const signOutPath = "/oauth2/sign-out";

const provider = "platform";

/**
 * Who comes through. The gateway's policy holds for every route, among them those that are made later: people sign in,
 * code brings a token, and groups say what they may. A host whose searches are a POST adds those to what
 * viewers may; a host that asks by itself has a policy in the place of the gateway's.
 */
export function signInPolicies(context: PartContext): SecurityPolicy[] {
  const { namespace, parts } = context;
  const identity = context.identity();
  const hosts = publishedHosts(parts).filter(({ backend }) => backend);
  return [
    policy("edge", namespace, {
      targetRefs: [everyHost],
      // Where nobody knows people, nobody comes in.
      ...(identity ? { oidc: oidc(identity), jwt: jwt(identity) } : {}),
      authorization: { defaultAction: "Deny", rules: identity && rules(identity) },
    }),
    ...hosts
      .filter(({ signIn, reads = [], secrets = [] }) => signIn === "edge" && reads.length + secrets.length > 0)
      .map((each) =>
        policy(each.host, each.namespace, {
          targetRefs: [routeOf(each)],
          // The gateway's sign-in stays the one that signs people in.
          mergeType: "JSONMerge",
          // Rules that name a token are refused without it, though the gateway has it.
          jwt: identity && jwt(identity),
          authorization: { rules: identity && rules(identity, each) },
        }),
      ),
    ...hosts
      .filter(({ signIn }) => signIn === "own")
      .map((each) =>
        policy(each.host, each.namespace, {
          targetRefs: [routeOf(each)],
          authorization: { defaultAction: "Allow" },
        }),
      ),
  ];
}

/** How code says who it is, and what is read of the tokens that people's cookies hold. */
function jwt({ issuer, audience, jwksUrl, usernameClaim }: IdentityClient): SecurityPolicy["spec"]["jwt"] {
  return {
    providers: [
      {
        name: provider,
        issuer,
        audiences: [audience],
        remoteJWKS: { uri: jwksUrl },
        // By itself Envoy takes one from the address too (`access_token`), and hands it on to the tool.
        extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] },
        claimToHeaders: [{ claim: usernameClaim, header: personHeader }],
      },
    ],
  };
}

/**
 * A person's session is a host's own, and never the whole domain's: at the Hub's host the servers of other people would be
 * sent it too. The issuer knows the person at the next host, so nothing is asked there.
 */
function oidc(identity: IdentityClient): Oidc {
  return {
    provider: {
      issuer: identity.issuer,
      authorizationEndpoint: identity.authorizeUrl,
      tokenEndpoint: identity.tokenUrl,
      ...(identity.endSessionUrl ? { endSessionEndpoint: identity.endSessionUrl } : {}),
    },
    clientID: identity.clientId,
    clientSecret: { name: identity.clientSecret.name },
    scopes: identity.scopes,
    logoutPath: signOutPath,
    // A page of another site that sends something here sends no session along.
    cookieConfig: { sameSite: "Lax" },
    refreshToken: true,
    // What the cookies hold is verified like a token that code brings: the same rules hold for both.
    forwardAccessToken: true,
    passThroughAuthHeader: true,
    // A page that a person opens says that it wants HTML. Scripts of a page and programs do not, and cannot sign in.
    denyRedirect: {
      headers: [
        { name: "accept", type: "RegularExpression", value: "([^t]|t[^e]|te[^x]|tex[^t]|text[^/]|text/[^h]).*" },
        ...["cors", "no-cors", "same-origin", "websocket"].map((value) => ({
          name: "sec-fetch-mode",
          type: "Exact" as const,
          value,
        })),
      ],
    },
  };
}

/** What each group may, the issuer's names for it in the token. Who is in none may nothing. */
function rules(
  { groups: { admins, members, viewers }, groupsClaim }: IdentityClient,
  { reads = [], secrets = [] }: Pick<PublishedHost, "reads" | "secrets"> = {},
): AuthorizationRule[] {
  const of = (values: readonly string[]): AuthorizationRule["principal"] => ({
    jwt: { provider, claims: [{ name: groupsClaim, valueType: "StringArray", values }] },
  });
  const all: AuthorizationRule = { name: "members", action: "Allow", principal: of([...admins, ...members]) };
  if (viewers.length === 0) return [all];
  const shown = secrets.length > 0 ? [`!${pathIs([...secrets, disguised])}`] : [];
  return [
    all,
    {
      name: "viewers-look",
      action: "Allow",
      operation: { methods: ["GET", "HEAD", "OPTIONS"] },
      // A web socket begins with a GET, and what is sent in it afterwards may change anything.
      cel: ["!('upgrade' in request.headers)", ...shown].join(" && "),
      principal: of(viewers),
    },
    ...reads.map(
      (path, index): AuthorizationRule => ({
        name: `viewers-search-${index + 1}`,
        action: "Allow",
        operation: { methods: ["POST"] },
        cel: [pathIs([path]), ...shown].join(" && "),
        principal: of(viewers),
      }),
    ),
  ];
}

/** A letter or an underscore that is written as a number: tools read it, and an expression would not know it again. */
const disguised = ".*%[4-7].*";

/** Of the path alone: what follows a question mark could look like a search. JSON writes texts as CEL does. */
function pathIs(paths: readonly string[]): string {
  return `request.url_path.matches(${JSON.stringify(`^(?:${paths.join("|")})$`)})`;
}

function routeOf({ host }: PublishedHost) {
  return { group: everyHost.group, kind: "HTTPRoute", name: host } as const;
}

function policy(name: string, namespace: string, spec: SecurityPolicy["spec"]): SecurityPolicy {
  return { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "SecurityPolicy", metadata: { name, namespace }, spec };
}

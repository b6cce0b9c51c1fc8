import { z } from "zod";
import type { SecretRef } from "./component";
import { secretName } from "./edge";

/**
 * Who a person is, in every tool alike: `admins` do everything, `members` use everything, `viewers` look at everything
 * and change nothing.
 */
export const groups = ["admins", "members", "viewers"] as const;
export type Group = (typeof groups)[number];

/** What a tool that signs people in by itself is told, and what the edge is told for all others. */
export interface IdentityClient {
  /** As tokens name it: the public address of the issuer. */
  readonly issuer: string;
  /** Where browsers are sent to. */
  readonly authorizeUrl: string;
  /** Where code in the cluster trades codes and refresh tokens; an address that pods reach. */
  readonly tokenUrl: string;
  readonly userinfoUrl: string;
  /** The keys that tokens are verified with; an address that pods reach. */
  readonly jwksUrl: string;
  readonly endSessionUrl?: string;
  readonly clientId: string;
  /** In the tool's own namespace. */
  readonly clientSecret: SecretRef;
  readonly scopes: readonly string[];
  /** Whom tokens are made for, which everybody who takes one asks. */
  readonly audience: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  /** What each group is called at the issuer. */
  readonly groups: Readonly<Record<Group, readonly string[]>>;
}

const url = z
  .string()
  .regex(/^https:\/\/[\w.-]+(:\d+)?(\/[\w./~-]*)?$/, { error: "use an address like https://accounts.example.com" });
/**
 * What the issuer's document `<issuer>/.well-known/openid-configuration` calls `authorization_endpoint`, `token_endpoint`,
 * `userinfo_endpoint`, `jwks_uri` and `end_session_endpoint`. Said here, so that nothing has to be asked before it can start.
 */
const endpoints = z.strictObject({
  authorize: url,
  token: url,
  userinfo: url,
  jwks: url,
  /** Left out: signing out of the platform leaves people signed in there. */
  endSession: url.optional(),
});

const named = z.array(z.string().min(1)).min(1);
const clientId = z.string().min(1);
/** A secret in the cluster with the key `client-secret`. */
const clientSecret = secretName;

const upstream = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("github"), clientId, clientSecret }),
  z.strictObject({
    kind: z.literal("google"),
    clientId,
    clientSecret,
    /** Only accounts of this domain. */ hostedDomain: z.string().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal("microsoft"), clientId, clientSecret, tenant: z.string().min(1) }),
  z.strictObject({
    kind: z.literal("oidc"),
    name: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/, { error: "use lower-case letters, digits and dashes" }),
    issuer: url,
    endpoints,
    clientId,
    clientSecret,
  }),
]);
export type Upstream = z.output<typeof upstream>;

/** What an upstream is called in addresses: its kind, where there is one of a kind alone. */
export function upstreamName(upstream: Upstream): string {
  return upstream.kind === "oidc" ? upstream.name : upstream.kind;
}

export const identitySchema = z.discriminatedUnion("mode", [
  /**
   * Nobody: the Hub asks for a shared password, and the other tools ask nobody. Only for a platform without an edge,
   * where kubectl is the way in.
   */
  z.strictObject({ mode: z.literal("none") }),
  /** An OIDC issuer that is there. Its client must allow the addresses that docs/sign-in.md lists. */
  z.strictObject({
    mode: z.literal("external"),
    issuer: url,
    endpoints,
    clientId,
    clientSecret,
    /** A public client with the device flow, for `mlops login`. Left out: people have no tokens on their own machines. */
    deviceClientId: clientId.optional(),
    /** Who a token must be made for. Default: the client. */
    audience: z.string().min(1).optional(),
    scopes: z.array(z.string().min(1)).default(["openid", "profile", "email"]),
    usernameClaim: z.string().min(1).default("preferred_username"),
    groupsClaim: z.string().min(1).default("groups"),
    /** What each group is called at the issuer. */
    groups: z.strictObject({ admins: named, members: named, viewers: named.or(z.tuple([])).default([]) }),
  }),
  /** Keycloak, with its realm as code. */
  z.strictObject({
    mode: z.literal("builtin"),
    /** The first person in the group `admins`, who gets a password that must be changed. */
    admin: z.string().regex(/^[a-z][a-z0-9._-]{1,62}$/, { error: "use a name like ada" }),
    /** Whether people may make themselves an account, which is in no group until an admin puts it in one. */
    registration: z.boolean().default(false),
    /** By which people verify their address and recover a lost password. Left out: neither. */
    smtp: z
      .strictObject({
        host: z.string().min(1),
        port: z.union([z.literal(465), z.literal(587)], { error: "use 587 or 465, where mail is taken encrypted" }),
        from: z.email(),
        tls: z.enum(["starttls", "tls"]).default("starttls"),
        /** With the keys `username` and `password`. */
        secret: secretName.optional(),
      })
      .optional(),
    /** Other places where people have an account already. */
    upstreams: z
      .array(upstream)
      .refine((all) => new Set(all.map(upstreamName)).size === all.length, {
        error: "each kind may stand there once, and those of the kind oidc need names that differ",
      })
      .default([]),
  }),
]);

export type Identity = z.output<typeof identitySchema>;
export type BuiltinIdentity = Extract<Identity, { readonly mode: "builtin" }>;

/** The ports of issuers outside, which pods that ask who somebody is must reach. */
export function issuerPorts(identity: Identity): readonly number[] {
  if (identity.mode !== "external") return [443];
  const { issuer, endpoints } = identity;
  const ports = [issuer, ...Object.values(endpoints)].map((each) => Number(new URL(each).port || 443));
  return [...new Set(ports)].sort((a, b) => a - b);
}

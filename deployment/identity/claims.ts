import type { SignInPlace } from "./place";

/** Whom a token is of, as far as a person is shown. */
export interface Holder {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * Reads what a token says without verifying it: it came from the issuer itself, over TLS. Undefined for a token that is no
 * JWT.
 */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function holderOf(token: string, { usernameClaim, groupsClaim }: SignInPlace): Holder {
  const claims = claimsOf(token) ?? {};
  const named = [claims[usernameClaim], claims["sub"]].find((each) => typeof each === "string");
  const groups = claims[groupsClaim];
  return {
    user: named === undefined ? "somebody" : String(named),
    groups: Array.isArray(groups) ? groups.map(String) : [],
  };
}

/** Why the edge will refuse a token that the issuer has just made, with the remedy; nothing where it will not. */
export function unusable(token: string, { issuer, audience }: SignInPlace, now: number): string[] {
  const claims = claimsOf(token);
  if (!claims)
    return [`${issuer} gives access tokens that are no JWT, which the edge cannot verify; set \`identity.audience\``];
  const { iss, aud, iat } = claims;
  const off = typeof iat === "number" ? Math.round(iat - now / 1000) : 0;
  return [
    ...(iss !== issuer ? [`the token is of ${String(iss)}, the environment's issuer is ${issuer}`] : []),
    ...(![aud].flat().includes(audience)
      ? [`the token is made for ${[aud].flat().join(", ") || "nobody"}, the edge asks for ${audience}`]
      : []),
    ...(Math.abs(off) > 60
      ? [`this machine's clock is ${Math.abs(off)} s ${off > 0 ? "behind" : "ahead of"} the issuer's; set it`]
      : []),
  ];
}

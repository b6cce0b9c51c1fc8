import type { PolicyTarget } from "./envoy-gateway";
import type { Metadata } from "./metadata";

/** Envoy Gateway's own: who may come through. */
export interface SecurityPolicy {
  readonly apiVersion: "gateway.envoyproxy.io/v1alpha1";
  readonly kind: "SecurityPolicy";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly targetRefs: readonly PolicyTarget[];
    /** Of a route: it adds to the gateway's policy. Left out, it takes the place of that. */
    readonly mergeType?: "JSONMerge";
    readonly oidc?: Oidc;
    readonly jwt?: { readonly providers: readonly JwtProvider[] };
    readonly authorization: {
      readonly defaultAction?: "Allow" | "Deny";
      /** The first that fits decides. */
      readonly rules?: readonly AuthorizationRule[];
    };
  };
}

/** Sends people's browsers to sign in, and keeps their tokens in cookies. */
export interface Oidc {
  readonly provider: {
    readonly issuer: string;
    readonly authorizationEndpoint: string;
    readonly tokenEndpoint: string;
    readonly endSessionEndpoint?: string;
  };
  readonly clientID: string;
  readonly clientSecret: { readonly name: string };
  readonly scopes: readonly string[];
  readonly logoutPath: string;
  /** `Lax`: of another site's requests, only those that open a page bring the cookies. Left out, a browser decides. */
  readonly cookieConfig: { readonly sameSite: "Lax" };
  readonly refreshToken: boolean;
  readonly forwardAccessToken: boolean;
  readonly passThroughAuthHeader: boolean;
  /** Who is answered 401 instead of being sent away. */
  readonly denyRedirect: {
    readonly headers: readonly {
      readonly name: string;
      readonly type: "Exact" | "RegularExpression";
      readonly value: string;
    }[];
  };
}

export interface JwtProvider {
  readonly name: string;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly remoteJWKS: { readonly uri: string };
  readonly extractFrom: { readonly headers: readonly { readonly name: string; readonly valuePrefix: string }[] };
  readonly claimToHeaders: readonly { readonly claim: string; readonly header: string }[];
}

export interface AuthorizationRule {
  readonly name: string;
  readonly action: "Allow";
  readonly cel?: string;
  readonly operation?: {
    readonly methods: readonly ("GET" | "HEAD" | "OPTIONS" | "POST")[];
  };
  readonly principal: {
    readonly jwt: {
      readonly provider: string;
      readonly claims: readonly {
        readonly name: string;
        readonly valueType: "StringArray";
        readonly values: readonly string[];
      }[];
    };
  };
}

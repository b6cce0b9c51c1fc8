import type { Metadata } from "./metadata";

/** The Gateway API. */

export interface GatewayClass {
  readonly apiVersion: "gateway.networking.k8s.io/v1";
  readonly kind: "GatewayClass";
  readonly metadata: Metadata;
  readonly spec: { readonly controllerName: string };
}

export interface Gateway {
  readonly apiVersion: "gateway.networking.k8s.io/v1";
  readonly kind: "Gateway";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly gatewayClassName: string;
    /** How its proxies run, in its own namespace. */
    readonly infrastructure: {
      readonly parametersRef: {
        readonly group: "gateway.envoyproxy.io";
        readonly kind: "EnvoyProxy";
        readonly name: string;
      };
    };
    readonly listeners: readonly Listener[];
  };
}

export interface Listener {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly protocol: "HTTP" | "HTTPS";
  readonly tls?: {
    readonly mode: "Terminate";
    readonly certificateRefs: readonly {
      readonly kind: "Secret";
      readonly name: string;
      readonly namespace?: string;
    }[];
  };
  readonly allowedRoutes: {
    readonly namespaces:
      | { readonly from: "Same" }
      | {
          readonly from: "Selector";
          readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
        };
    readonly kinds: readonly { readonly kind: "HTTPRoute" | "GRPCRoute" }[];
  };
}

export interface HttpRoute {
  readonly apiVersion: "gateway.networking.k8s.io/v1";
  readonly kind: "HTTPRoute";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly parentRefs: readonly {
      readonly name: string;
      readonly namespace: string;
      readonly sectionName: string;
    }[];
    readonly hostnames: readonly string[];
    readonly rules: readonly HttpRouteRule[];
  };
}

export interface HttpRouteRule {
  readonly name: string;
  readonly matches?: readonly HttpMatch[];
  readonly filters?: readonly HttpRouteFilter[];
  readonly backendRefs?: readonly { readonly name: string; readonly port: number }[];
}

export type HttpRouteFilter =
  | {
      readonly type: "RequestRedirect";
      readonly requestRedirect: { readonly scheme: "https"; readonly statusCode: 301 };
    }
  | { readonly type: "RequestHeaderModifier"; readonly requestHeaderModifier: { readonly remove: readonly string[] } };

export interface HttpMatch {
  readonly method?: "GET";
  readonly path?: { readonly type: "PathPrefix"; readonly value: string };
  readonly headers?: readonly {
    readonly type: "RegularExpression";
    readonly name: string;
    readonly value: string;
  }[];
}

/** Lets objects of one namespace name an object of another. */
export interface ReferenceGrant {
  readonly apiVersion: "gateway.networking.k8s.io/v1";
  readonly kind: "ReferenceGrant";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly from: readonly {
      readonly group: "gateway.networking.k8s.io";
      readonly kind: "Gateway";
      readonly namespace: string;
    }[];
    readonly to: readonly { readonly group: ""; readonly kind: "Secret"; readonly name: string }[];
  };
}

import type { Resources, restrictedPod } from "../foundation/pods";
import type { Metadata } from "./metadata";

/** Envoy Gateway's own: how its proxies run, and what they do beyond the Gateway API. */

/** What a policy holds for: the gateway with all its routes, a route, or one rule of it. */
export interface PolicyTarget {
  readonly group: "gateway.networking.k8s.io";
  readonly kind: "Gateway" | "HTTPRoute";
  readonly name: string;
  readonly sectionName?: string;
}

export interface EnvoyProxy {
  readonly apiVersion: "gateway.envoyproxy.io/v1alpha1";
  readonly kind: "EnvoyProxy";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    /** Threads of each proxy. */
    readonly concurrency: number;
    readonly provider: {
      readonly type: "Kubernetes";
      readonly kubernetes: {
        readonly envoyDeployment: EnvoyDeployment;
        readonly envoyService: EnvoyService;
        readonly envoyPDB?: { readonly minAvailable: number };
        readonly envoyHpa?: {
          readonly minReplicas: number;
          readonly maxReplicas: number;
          readonly metrics: readonly {
            readonly type: "Resource";
            readonly resource: {
              readonly name: "cpu";
              readonly target: { readonly type: "Utilization"; readonly averageUtilization: number };
            };
          }[];
        };
      };
    };
    readonly telemetry: {
      readonly accessLog:
        | { readonly disable: true }
        | {
            readonly settings: readonly {
              readonly format: { readonly type: "JSON"; readonly json: Readonly<Record<string, string>> };
              readonly sinks: readonly { readonly type: "File"; readonly file: { readonly path: "/dev/stdout" } }[];
            }[];
          };
    };
  };
}

interface EnvoyDeployment {
  readonly name: string;
  readonly replicas: number;
  readonly container: { readonly image: string; readonly resources: Resources };
  readonly pod: {
    readonly priorityClassName: string;
    readonly securityContext: typeof restrictedPod;
    readonly topologySpreadConstraints?: readonly {
      readonly maxSkew: number;
      readonly topologyKey: string;
      readonly whenUnsatisfiable: "ScheduleAnyway";
      readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    }[];
  };
}

type EnvoyService = ServiceOutside | { readonly name: string; readonly type: "ClusterIP" };

interface ServiceOutside {
  readonly name: string;
  readonly type: "LoadBalancer" | "NodePort";
  readonly externalTrafficPolicy: "Local";
  readonly annotations?: Readonly<Record<string, string>>;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly patch?: {
    readonly type: "StrategicMerge";
    readonly value: {
      readonly spec: {
        readonly ports: readonly { readonly port: number; readonly protocol: "TCP"; readonly nodePort: number }[];
      };
    };
  };
}

/** Between people and the proxies. */
export interface ClientTrafficPolicy {
  readonly apiVersion: "gateway.envoyproxy.io/v1alpha1";
  readonly kind: "ClientTrafficPolicy";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly targetRefs: readonly PolicyTarget[];
    readonly tls: { readonly minVersion: "1.2"; readonly alpnProtocols: readonly ("h2" | "http/1.1")[] };
    readonly http2: { readonly maxConcurrentStreams: number };
    readonly path: { readonly escapedSlashesAction: "UnescapeAndRedirect" };
    readonly headers: {
      readonly disableRateLimitHeaders: true;
      readonly withUnderscoresAction: "RejectRequest";
      readonly earlyRequestHeaders: { readonly remove: readonly string[]; readonly set: readonly Header[] };
      readonly lateResponseHeaders: {
        readonly set: readonly Header[];
        readonly add: readonly Header[];
        readonly addIfAbsent: readonly Header[];
        readonly remove: readonly string[];
      };
    };
    readonly timeout: {
      readonly http: {
        readonly idleTimeout: string;
        readonly streamIdleTimeout: string;
        readonly requestHeadersReceivedTimeout: string;
      };
      readonly tcp: { readonly tlsHandshakeTimeout: string };
    };
    readonly tcpKeepalive: { readonly idleTime: string; readonly interval: string; readonly probes: number };
  };
}

export interface Header {
  readonly name: string;
  readonly value: string;
}

/** Between the proxies and the tools. */
export interface BackendTrafficPolicy {
  readonly apiVersion: "gateway.envoyproxy.io/v1alpha1";
  readonly kind: "BackendTrafficPolicy";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly targetRefs: readonly PolicyTarget[];
    readonly rateLimit?: {
      readonly type: "Local";
      readonly local: {
        readonly rules: readonly {
          readonly clientSelectors: readonly {
            readonly sourceCIDR: { readonly type: "Distinct"; readonly value: string };
          }[];
          readonly limit: { readonly requests: number; readonly unit: "Second" };
        }[];
      };
    };
    /** A request is taken in whole before it is handed on, and refused above the limit. */
    readonly requestBuffer?: { readonly limit: string };
    readonly timeout: {
      readonly tcp: { readonly connectTimeout: string };
      readonly http: {
        readonly requestTimeout: "0s";
        readonly streamIdleTimeout: string;
        /** A connection in which nothing happens is given up before the tool gives it up. */
        readonly connectionIdleTimeout: string;
      };
    };
    readonly retry: {
      readonly numRetries: number;
      readonly retryOn: {
        readonly triggers: readonly ("connect-failure" | "reset-before-request" | "refused-stream")[];
      };
    };
    /** Not together with `requestBuffer`. */
    readonly httpUpgrade?: readonly { readonly type: "websocket" }[];
    readonly circuitBreaker: {
      readonly maxConnections: number;
      readonly maxParallelRequests: number;
    };
  };
}

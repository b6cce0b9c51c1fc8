import { type Edge, publicPort } from "../../contracts/edge";
import type { BackendTrafficPolicy, ClientTrafficPolicy, PolicyTarget } from "../../custom-resources/envoy-gateway";
import type { PublishedHost } from "./hosts";
import { edgeNames, modelsNames, personHeader } from "./names";
import { ordinaryBodyMiB, strangersBodyKiB, streamedRules, takenInFirst } from "./routes";

const apiVersion = "gateway.envoyproxy.io/v1alpha1";
const group = "gateway.networking.k8s.io";

/** The gateway and everything behind it. */
const wholeGateway: PolicyTarget = { group, kind: "Gateway", name: edgeNames.gateway };

/** Every host, and not what sends people from HTTP to HTTPS. */
export const everyHost: PolicyTarget = { ...wholeGateway, sectionName: edgeNames.listener };

/** A web socket in which nobody says anything is given up after an hour, and so is an upload that stands still. */
const silence = "3600s";

/**
 * A connection to a tool in which nothing happens. Servers give theirs up after 5 seconds (uvicorn, Node); the proxy has to
 * be quicker, or it sends a request into one that is just being closed.
 */
const idle = "4s";

/** What holds between people and the proxies, for every host. */
export function clientPolicy(namespace: string, edge: Edge): ClientTrafficPolicy {
  return {
    apiVersion,
    kind: "ClientTrafficPolicy",
    metadata: { name: edgeNames.gateway, namespace },
    spec: {
      targetRefs: [wholeGateway],
      tls: { minVersion: "1.2", alpnProtocols: ["h2", "http/1.1"] },
      // Each may send a body that is taken in before anybody is asked who they are. Pages ask for less at once.
      http2: { maxConcurrentStreams: 32 },
      // Rules speak of paths, so a path has one spelling: `%2F` is sent back as `/`.
      path: { escapedSlashesAction: "UnescapeAndRedirect" },
      headers: {
        disableRateLimitHeaders: true,
        // Some servers read `X_User` as `X-User`.
        withUnderscoresAction: "RejectRequest",
        // Tools believe what these say, so nobody but the proxies may say it.
        earlyRequestHeaders: {
          remove: ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-prefix", "x-real-ip", personHeader],
          // A tool that makes addresses of its own would leave the port out.
          set: [{ name: "x-forwarded-port", value: String(publicPort(edge)) }],
        },
        lateResponseHeaders: {
          set: [
            { name: "strict-transport-security", value: "max-age=31536000" },
            { name: "x-content-type-options", value: "nosniff" },
          ],
          // Beside what a tool says of its own: both hold. JupyterLab shows pages of its own host in frames.
          add: [{ name: "content-security-policy", value: "frame-ancestors 'self'" }],
          addIfAbsent: [{ name: "referrer-policy", value: "strict-origin-when-cross-origin" }],
          remove: ["server", "x-powered-by"],
        },
      },
      timeout: {
        http: { idleTimeout: silence, streamIdleTimeout: silence, requestHeadersReceivedTimeout: "30s" },
        tcp: { tlsHandshakeTimeout: "10s" },
      },
      // A load balancer forgets a connection in which nothing happens: a network load balancer of AWS after 350 seconds.
      tcpKeepalive: { idleTime: "60s", interval: "30s", probes: 3 },
    },
  };
}

/** What holds between the proxies and everything behind them, routes that are made later among it. */
export function backendPolicy(namespace: string): BackendTrafficPolicy {
  return policy(edgeNames.gateway, namespace, [wholeGateway], { requestBuffer: { limit: `${ordinaryBodyMiB}Mi` } });
}

/** What holds between the proxies for code inside and the models. A prediction takes as long as it takes. */
export function modelsPolicy(namespace: string): BackendTrafficPolicy {
  return {
    apiVersion,
    kind: "BackendTrafficPolicy",
    metadata: { name: modelsNames.gateway, namespace },
    spec: { targetRefs: [{ group, kind: "Gateway", name: modelsNames.gateway }], ...handedOn },
  };
}

/**
 * What differs at a host: the rules of its route that hand a body on as it comes; and where everybody gets to the tool,
 * how little of any other is taken in. Envoy takes bodies in before it looks at groups and counts requests.
 */
export function hostPolicies(published: PublishedHost): BackendTrafficPolicy[] {
  const { host, namespace, backend, signIn } = published;
  if (!backend) return [];
  const rule = (sectionName: string): PolicyTarget => ({ group, kind: "HTTPRoute", name: host, sectionName });
  const streams = streamedRules(published).map(rule);
  return [
    policy(`${host}-streams`, namespace, streams, { httpUpgrade: [{ type: "websocket" }] }),
    ...(signIn === "own"
      ? [
          policy(`${host}-strangers`, namespace, [rule(takenInFirst)], {
            requestBuffer: { limit: `${strangersBodyKiB}Ki` },
          }),
        ]
      : []),
  ];
}

function policy(
  name: string,
  namespace: string,
  targetRefs: readonly PolicyTarget[],
  // One or the other: what is taken in whole first is no web socket.
  body: Pick<BackendTrafficPolicy["spec"], "requestBuffer" | "httpUpgrade">,
): BackendTrafficPolicy {
  return {
    apiVersion,
    kind: "BackendTrafficPolicy",
    metadata: { name, namespace },
    spec: {
      targetRefs,
      // For each address and host, at each proxy: more than the pages of a whole office behind one address ask for.
      rateLimit: {
        type: "Local",
        local: {
          rules: [
            {
              clientSelectors: [{ sourceCIDR: { type: "Distinct", value: "0.0.0.0/0" } }],
              limit: { requests: 300, unit: "Second" },
            },
          ],
        },
      },
      ...body,
      ...handedOn,
    },
  };
}

const handedOn = {
  // A large artifact takes as long as it takes; what stands still is given up.
  timeout: {
    tcp: { connectTimeout: "5s" },
    http: { requestTimeout: "0s", streamIdleTimeout: silence, connectionIdleTimeout: idle },
  },
  // Nothing was sent yet, so nothing is done twice.
  retry: { numRetries: 2, retryOn: { triggers: ["connect-failure", "reset-before-request", "refused-stream"] } },
  // Each web socket is a connection and a request for as long as it is open; a page of JupyterLab has several.
  circuitBreaker: { maxConnections: 8192, maxParallelRequests: 8192 },
} as const;

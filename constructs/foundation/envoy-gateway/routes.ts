import type { HttpMatch, HttpRoute, HttpRouteRule } from "../../custom-resources/gateway";
import { atMost } from "./at-most";
import { hostname, type PublishedHost } from "./hosts";
import { edgeNames, staysAtTheEdge } from "./names";

/** MiB of a request's body, where a tool asks for nothing else. So much is taken in before the tool sees any of it. */
export const ordinaryBodyMiB = 16;

/**
 * KiB of a body whose length is not told, where a tool asks for itself who comes. There nobody is known while a body is taken in,
 * and the proxies' memory is everybody's. Browsers and our commands tell lengths.
 */
export const strangersBodyKiB = 64;

/** The rule of a route for whatever no other rule hands on as it comes. */
export const takenInFirst = "all";

/** Rules of a route whose requests are handed on as they come. All others are taken in whole first. */
export const streamed = { sockets: "web-sockets", large: "large-bodies" } as const;

const webSocket: HttpMatch = {
  method: "GET",
  headers: [{ type: "RegularExpression", name: "upgrade", value: "(?i)websocket" }],
};

/**
 * The route of a published host with something behind it, in the namespace of that. A body may be as large as the host
 * allows where its length is told beforehand, and is then handed on as it comes. One of unknown length is
 * taken in whole, and so is small; what is too large meets the same limit. Where the edge knows who comes, all that is small is
 * taken in, so that a slow sender holds a proxy and not a tool.
 */
export function route(published: PublishedHost, domain: string, edge: string): HttpRoute[] {
  const { host, namespace, backend, paths, largestBodyMiB = ordinaryBodyMiB } = published;
  if (!backend) return [];
  // A person's token opens every tool, so none is given it: the edge has looked at it, and says whose it is. Envoy hands
  // tokens on in its cookies too, decrypted; tools behind the edge's sign-in have no cookies of their own.
  const handed: Pick<HttpRouteRule, "filters"> =
    published.signIn === "edge"
      ? { filters: [{ type: "RequestHeaderModifier", requestHeaderModifier: { remove: staysAtTheEdge } }] }
      : {};
  const to: Pick<HttpRouteRule, "filters" | "backendRefs"> = {
    ...handed,
    backendRefs: [{ name: backend.service, port: backend.port }],
  };
  const known: HttpMatch = {
    headers: [{ type: "RegularExpression", name: "content-length", value: atMost(largestBodyMiB * 2 ** 20) }],
  };
  const at = (match: HttpMatch): HttpMatch[] =>
    paths ? paths.map((value) => ({ ...match, path: { type: "PathPrefix", value } })) : [match];
  return [
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: host, namespace },
      spec: {
        parentRefs: [{ name: edgeNames.gateway, namespace: edge, sectionName: edgeNames.listener }],
        hostnames: [hostname(published, domain)],
        rules: [
          { name: streamed.sockets, matches: at(webSocket), ...to },
          ...(isLarge(published) ? [{ name: streamed.large, matches: at(known), ...to }] : []),
          { name: takenInFirst, ...(paths ? { matches: at({}) } : {}), ...to },
        ],
      },
    },
  ];
}

/** The rules of a host's route whose bodies are not taken in first. */
export function streamedRules(published: PublishedHost): string[] {
  return [streamed.sockets, ...(isLarge(published) ? [streamed.large] : [])];
}

/** Of these hosts bodies are handed on as they come where their length is told and allowed. */
function isLarge({ signIn, largestBodyMiB = ordinaryBodyMiB }: PublishedHost): boolean {
  return signIn === "own" || largestBodyMiB > ordinaryBodyMiB;
}

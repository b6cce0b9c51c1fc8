import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import { internet, somewhere } from "../../constructs/foundation/addresses";
import type { LabelSelector, NetworkPolicy, Peer, PolicyPort } from "../../constructs/foundation/network-policy";

/** Network policies as one reads them: whose pods, who comes in and where they go; namespaces with the same one share it. */
export function shortPolicies(list: readonly JsonValue[]): JsonObject | undefined {
  const policies = list as unknown as readonly NetworkPolicy[];
  if (policies.length === 0 || policies.some((each) => each?.kind !== "NetworkPolicy")) return undefined;
  const found = new Map<string, { readonly namespaces: string[]; readonly rest: string; readonly rules: JsonObject }>();
  for (const { metadata, spec } of policies) {
    const rules = {
      ...(spec.ingress ? { in: spec.ingress.map(({ from, ports }) => rule(from, ports)).join("; ") } : {}),
      ...(spec.egress ? { out: spec.egress.map(({ to, ports }) => rule(to, ports)).join("; ") } : {}),
    };
    const pods = Object.entries(spec.podSelector.matchLabels ?? {}).map(([key, is]) => `${key}=${is}`);
    const closed = spec.policyTypes.filter((type) => !(type === "Ingress" ? spec.ingress : spec.egress));
    const rest = [metadata.name, ...pods, ...closed.map((type) => `closed: ${type}`)].join(" ");
    const key = JSON.stringify([rest, rules]);
    const same = found.get(key) ?? { namespaces: [] as string[], rest, rules };
    same.namespaces.push(metadata.namespace);
    found.set(key, same);
  }
  return Object.fromEntries(
    [...found.values()].map(({ namespaces, rest, rules }) => [`${namespaces.join(", ")}: ${rest}`, rules]),
  );
}

function rule(peers: readonly Peer[] | undefined, ports: readonly PolicyPort[] = []): string {
  return [peers ? peers.map(peerOf).join(" | ") : "everywhere", ...ports.map(portOf)].join(" ");
}

/** The pod security standard of a namespace, where all three modes have the same. */
export function shortPodSecurity(value: JsonObject): JsonObject | undefined {
  const key = (mode: string) => `pod-security.kubernetes.io/${mode}`;
  const { [key("enforce")]: standard, [key("warn")]: warn, [key("audit")]: audit, ...rest } = value;
  return standard !== undefined && standard === warn && standard === audit
    ? { ...rest, "pod-security": standard }
    : undefined;
}

/** Blocks with many exceptions, by the names that the code has for them; `reachability.tests.ts` says what they hold. */
const named = Object.entries({ internet, somewhere }).map(([name, peer]) => [name, JSON.stringify(peer)]);

/** Pods by their namespace and their labels' values, an address by its block. */
function peerOf(peer: Peer): string {
  const [known] = named.find(([, text]) => text === JSON.stringify(peer)) ?? [];
  if (known) return known;
  if ("ipBlock" in peer) {
    const { cidr, except } = peer.ipBlock;
    return except ? `${cidr} but ${except.join(" ")}` : cidr;
  }
  const values = (selector?: LabelSelector) => Object.values(selector?.matchLabels ?? {}).join("+") || "*";
  const pods = "podSelector" in peer ? values(peer.podSelector) : "*";
  return peer.namespaceSelector ? `${values(peer.namespaceSelector)}/${pods}` : pods;
}

function portOf({ port, protocol }: PolicyPort): string {
  return protocol === "TCP" ? String(port ?? "any port") : `${port}/${protocol}`;
}

/** How pods are spread and scaled, and how requests are sent again, each in one line. */
export function shortRunning(value: JsonObject): string | undefined {
  const { topologyKey, maxSkew, whenUnsatisfiable, labelSelector, ...rest } = value;
  if (topologyKey && labelSelector && Object.keys(rest).length === 0) {
    const labels = Object.entries((labelSelector as { matchLabels?: JsonObject }).matchLabels ?? {});
    return `over ${topologyKey}, ${maxSkew}, else ${whenUnsatisfiable}: ${labels.map((each) => each.join("=")).join(" ")}`;
  }
  const text = JSON.stringify(value);
  const scaled =
    /^\{"type":"Resource","resource":\{"name":"(\w+)","target":\{"type":"Utilization","averageUtilization":(\d+)\}\}\}$/.exec(
      text,
    );
  if (scaled) return `${scaled[1]} at ${scaled[2]} %`;
  const limit =
    /^\{"type":"Local","local":\{"rules":\[\{"clientSelectors":\[\{"sourceCIDR":\{"type":"Distinct","value":"([\d./]+)"\}\}\],"limit":\{"requests":(\d+),"unit":"(\w+)"\}\}\]\}\}$/.exec(
      text,
    );
  if (limit) return `${limit[2]} in a ${limit[3]} from each of ${limit[1]}, at each proxy`;
  const kept = /^\{"type":"RequestHeaderModifier","requestHeaderModifier":\{"remove":\["([\w",-]+)"\]\}\}$/.exec(text);
  if (kept) return `without ${kept[1]?.replaceAll('","', ", ")}`;
  const again = /^\{"numRetries":(\d+),"retryOn":\{"triggers":\["([\w",-]+)"\]\}\}$/.exec(text);
  return again ? `${again[1]} times on ${again[2]?.replaceAll('","', ", ")}` : undefined;
}

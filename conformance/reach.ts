import { overlap, parseCidr } from "../constructs/contracts/cidr";

/**
 * Who reaches whom under network policies, as Kubernetes defines them: a pod that no policy selects is open; one that is
 * selected is closed but for what the policies that select it allow, each adding to the others; and a connection needs
 * the leave of both ends. What a node itself sends to its pods, such as the kubelet's probes and forwarded ports, is
 * always let through (https://kubernetes.io/docs/concepts/services-networking/network-policies/), so no rule speaks of it.
 */

/** A NetworkPolicy as the API server takes it: ours, or that of somebody's chart. */
export interface Policy {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly podSelector?: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly Rule<"from">[];
    readonly egress?: readonly Rule<"to">[];
  };
}
type Rule<End extends "from" | "to"> = { readonly [E in End]?: readonly Peer[] } & {
  readonly ports?: readonly {
    readonly port?: number | string;
    readonly endPort?: number;
    readonly protocol?: string;
  }[];
};
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** One end of a connection: a pod, or an address outside the cluster. Some networks let a block mean a pod's address too. */
export interface End {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly address: string;
}

export interface Door {
  readonly port: number;
  readonly protocol?: "TCP" | "UDP";
}

/** Which doors are open from one end to another. */
export type Between = (from: End, to: End) => (door: Door) => boolean;

/** @throws where asked of a policy that says something this function does not know: a guess would be worth nothing */
export function reachability(policies: readonly Policy[]): Between {
  const egress = rulesByEnd(policies, "Egress", ({ spec }) =>
    (spec.egress ?? []).map(({ to: peers, ports }) => ({ peers, ports })),
  );
  const ingress = rulesByEnd(policies, "Ingress", ({ spec }) =>
    (spec.ingress ?? []).map(({ from: peers, ports }) => ({ peers, ports })),
  );
  return (from, to) => {
    const [out, into] = [allowing(egress(from), to), allowing(ingress(to), from)];
    return (door) => out(door) && into(door);
  };
}

/** What one policy lets through, with the policy for what its selectors mean. */
interface Leave {
  readonly policy: Policy;
  readonly peers?: readonly Peer[];
  readonly ports?: Rule<"to">["ports"];
}

/** The rules of all policies that select an end; undefined where none does, which leaves it open. */
function rulesByEnd(
  policies: readonly Policy[],
  direction: "Ingress" | "Egress",
  rulesOf: (policy: Policy) => readonly Omit<Leave, "policy">[],
): (end: End) => readonly Leave[] | undefined {
  const known = new Map<End, readonly Leave[] | undefined>();
  return (end) => {
    if (end.namespace === undefined) return undefined;
    if (known.has(end)) return known.get(end);
    const selecting = policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === end.namespace &&
        selects(spec.podSelector ?? {}, end.labels ?? {}) &&
        (spec.policyTypes ?? ["Ingress", ...(spec.egress ? ["Egress"] : [])]).includes(direction),
    );
    const rules = selecting.flatMap((policy) => rulesOf(policy).map((rule) => ({ ...rule, policy })));
    known.set(end, selecting.length > 0 ? rules : undefined);
    return known.get(end);
  };
}

function allowing(rules: readonly Leave[] | undefined, other: End): (door: Door) => boolean {
  if (!rules) return () => true;
  const matching = rules.filter(
    ({ peers, policy }) =>
      peers === undefined || peers.length === 0 || peers.some((peer) => means(peer, other, policy)),
  );
  return (door) =>
    matching.some(({ ports }) => ports === undefined || ports.length === 0 || ports.some((port) => opens(port, door)));
}

function means(peer: Peer, end: End, { metadata }: Policy): boolean {
  if (peer.ipBlock) {
    const { cidr, except = [] } = peer.ipBlock;
    return isInBlock(end.address, cidr) && !except.some((block) => isInBlock(end.address, block));
  }
  if (end.namespace === undefined) return false;
  const inNamespace = peer.namespaceSelector
    ? selects(peer.namespaceSelector, { "kubernetes.io/metadata.name": end.namespace })
    : end.namespace === metadata.namespace;
  return inNamespace && selects(peer.podSelector ?? {}, end.labels ?? {});
}

function opens({ port, endPort, protocol = "TCP" }: NonNullable<Rule<"to">["ports"]>[number], door: Door): boolean {
  if (protocol !== (door.protocol ?? "TCP")) return false;
  if (port === undefined) return true;
  if (typeof port === "string")
    throw new Error(`the port "${port}" is a name; which number it has, only its pods know`);
  return door.port >= port && door.port <= (endPort ?? port);
}

function selects(
  { matchLabels = {}, matchExpressions = [] }: Selector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      if (operator === "In") return value !== undefined && values.includes(value);
      if (operator === "NotIn") return value === undefined || !values.includes(value);
      throw new Error(`the operator "${operator}" of a selector is not known`);
    })
  );
}

export function isInBlock(address: string, block: string): boolean {
  const [one, many] = [parseCidr(`${address}/32`), parseCidr(block)];
  if (!one || !many) throw new Error(`${one ? block : address} is no IPv4 ${one ? "block" : "address"}`);
  return overlap(one, many);
}

import { Construct } from "constructs";
import type { ClusterProfile } from "../contracts/cluster-profile";
import type { Part } from "../contracts/foundation";
import type { Answer, Place, PodTraffic, Ports, Traffic, Use } from "../contracts/traffic";
import { HelmChart } from "../helm-chart";
import { ownChart } from "../sources";
import { blocks, internet, kubernetesApiPorts, mailPorts, nodePorts, podIdentityAgent, somewhere } from "./addresses";
import { databasesPods } from "./databases";
import {
  type EgressRule,
  type IngressRule,
  type NetworkPolicy,
  namespaceNamed,
  type Peer,
  tcp,
} from "./network-policy";

export interface NetworkPoliciesProps {
  readonly namespace: string;
  readonly cluster: Pick<ClusterProfile, "network" | "databaseAdmin">;
  /** All parts of the foundation and all components. */
  readonly parts: readonly Part[];
  /** Ports of issuers outside the platform. Default: 443. */
  readonly issuerPorts?: readonly number[];
}

/** What may be reached, and from where: installed before any pod is. */
export class NetworkPolicies extends Construct {
  constructor(scope: Construct, id: string, props: NetworkPoliciesProps) {
    super(scope, id);
    new HelmChart(this, "chart", {
      chart: ownChart("manifests"),
      name: "network-policies",
      namespace: props.namespace,
      values: { manifests: networkPolicies(props) },
    });
  }
}

/** Pods of one group, in their namespace. */
interface Group extends PodTraffic {
  readonly namespace: string;
  readonly name: string;
  /** The part they belong to; absent for what is in the foundation's own namespace. */
  readonly part?: Part;
}

/** A way from the pods of one group to those of another. */
interface Edge {
  readonly from: Group;
  readonly to: Group;
  readonly ports: Ports;
}

/**
 * The policies of a platform: in each namespace nothing comes in and nothing goes out but questions to the cluster's
 * DNS, and for each group of pods exactly what the parts declare.
 */
export function networkPolicies({
  namespace,
  cluster,
  parts,
  issuerPorts = [443],
}: NetworkPoliciesProps): NetworkPolicy[] {
  const groups = [
    ...groupsOf(namespace, foundationPods(cluster, parts)),
    ...parts.flatMap((part) => groupsOf(part.name, part.traffic, part)),
  ];
  const edges = groups.flatMap((group) => edgesFrom(group, groups, cluster.network));
  return [
    ...[namespace, ...parts.map(({ name }) => name)].map(closed),
    ...groups.flatMap((group) => {
      const ingress = ingressOf(group, edges);
      const egress = egressOf(group, edges, cluster.network, issuerPorts);
      return ingress.length + egress.length > 0 ? [allowing(group, ingress, egress)] : [];
    }),
  ];
}

/** The pods of the foundation's namespace: the job that makes databases, and what the place keeps there. */
export function foundationPods(
  { network, databaseAdmin }: NetworkPoliciesProps["cluster"],
  parts: readonly Part[],
): Traffic<never> {
  const databases = parts.some(({ needs }) => needs.database) && databaseAdmin;
  return { ...(databases ? { databases: databasesPods(databases) } : {}), ...network.pods };
}

function groupsOf(namespace: string, traffic: Traffic, part?: Part): Group[] {
  return Object.entries(traffic).map(([name, group]) => ({ namespace, ...group, name, part }));
}

/** Whom a group may reach inside the platform. */
function edgesFrom(from: Group, all: readonly Group[], network: ClusterProfile["network"]): Edge[] {
  const answering = (answer: Answer, is: (group: Group) => boolean) =>
    all.filter(is).flatMap((to) => {
      const ports = to.answers?.[answer];
      return ports ? [{ from, to, ports }] : [];
    });
  const uses = (use: Use) => from.uses?.includes(use) ?? false;
  const inPlatform = (use: "database" | "buckets") => uses(use) && network[use].in === "platform";
  return [
    ...Object.entries(from.calls ?? {}).flatMap(([name, ports]) =>
      all.filter((to) => to.namespace === from.namespace && to.name === name).map((to) => ({ from, to, ports })),
    ),
    ...(from.consumes ?? []).flatMap((role) => answering("offer", ({ part }) => part?.role === role)),
    ...(uses("sign-in") ? answering("sign-in", ({ part }) => part?.signIn !== undefined) : []),
    ...(uses("pages") ? answering("page", () => true) : []),
    ...(uses("models") ? answering("page", ({ part }) => part?.role === "serving") : []),
    ...(from.consumes?.includes("serving") ? answering("models", () => true) : []),
    ...(uses("identity") ? answering("identity", () => true) : []),
    ...(uses("logs") ? answering("logs", () => true) : []),
    ...(uses("metrics")
      ? all.flatMap((to) => (to.metrics && to !== from ? [{ from, to, ports: [to.metrics.port] }] : []))
      : []),
    ...(inPlatform("database") ? answering("database", ({ part }) => !part) : []),
    ...(inPlatform("buckets") ? answering("buckets", ({ part }) => !part) : []),
  ];
}

function ingressOf(group: Group, edges: readonly Edge[]): IngressRule[] {
  const { answers = {} } = group;
  const open = [...(answers.entry ?? []), ...(answers.webhook ?? [])];
  const allowed = edges.filter(({ to }) => to === group);
  return [
    ...byPorts(allowed.map(({ from, ports }) => ({ peer: podsOf(from, group), ports }))).map(({ peers, ports }) => ({
      from: peers,
      ports,
    })),
    ...(open.length > 0 ? [{ ports: open.map(tcp) }] : []),
  ];
}

function egressOf(
  group: Group,
  edges: readonly Edge[],
  network: ClusterProfile["network"],
  issuerPorts: readonly number[],
): EgressRule[] {
  const uses = (use: Use) => group.uses?.includes(use) ?? false;
  const outside: EgressRule[] = [
    ...(uses("database") ? ruleTo(network.database) : []),
    ...(uses("buckets") ? ruleTo(network.buckets) : []),
    ...(uses("cloud") ? ruleTo({ in: "network", ports: [443] }) : []),
    ...(uses("identity") ? ruleTo({ in: "network", ports: issuerPorts }) : []),
    ...(uses("mail") ? ruleTo({ in: "network", ports: mailPorts }) : []),
    ...(uses("nodes") ? [{ to: [somewhere], ports: nodePorts.map(tcp) }] : []),
    // Whoever opens buckets or asks the cloud does so under the identity of its service account.
    ...(network.podIdentityAgent && (uses("buckets") || uses("cloud"))
      ? [{ to: [podIdentityAgent], ports: [tcp(80)] }]
      : []),
    ...(uses("kubernetes-api") ? [{ to: [somewhere], ports: kubernetesApiPorts.map(tcp) }] : []),
    ...(uses("internet") ? [{ to: [internet] }] : []),
  ];
  const inside = byPorts(
    edges
      .filter(({ from }) => from === group)
      .map(({ to, ports }) => ({ peer: podsOf(to.selectedByOthers ? { ...to, labels: {} } : to, group), ports })),
  );
  return [...inside.map(({ peers, ports }) => ({ to: peers, ports })), ...outside];
}

/** A rule to what is not in the platform; pods of the platform have edges. */
function ruleTo(place: Place): EgressRule[] {
  if (place.in === "platform") return [];
  const to = place.in === "namespace" ? [{ namespaceSelector: namespaceNamed(place.namespace) }] : placeBlocks(place);
  return [{ to, ports: place.ports.map(tcp) }];
}

function placeBlocks({ blocks: known }: Extract<Place, { in: "network" }>): Peer[] {
  return known ? blocks(known) : [somewhere];
}

/** One rule for all peers at the same ports. */
function byPorts(edges: readonly { readonly peer: Peer; readonly ports: Ports }[]) {
  const rules = new Map<string, { ports: Ports; peers: Map<string, Peer> }>();
  for (const { peer, ports } of edges) {
    const key = String(ports);
    const rule = rules.get(key) ?? { ports, peers: new Map<string, Peer>() };
    rule.peers.set(JSON.stringify(peer), peer);
    rules.set(key, rule);
  }
  return [...rules.values()].map(({ ports, peers }) => ({
    peers: [...peers.values()],
    ports: ports === "all" ? [{ protocol: "TCP" as const }] : ports.map(tcp),
  }));
}

/** Pods of a group, as a policy of another group's namespace names them. */
function podsOf(group: Group, seenFrom: Group): Peer {
  const podSelector = Object.keys(group.labels).length > 0 ? { matchLabels: group.labels } : {};
  return group.namespace === seenFrom.namespace
    ? { podSelector }
    : { namespaceSelector: namespaceNamed(group.namespace), podSelector };
}

/** Every pod of the namespace, whatever it is: nothing in, nothing out but names. */
function closed(namespace: string): NetworkPolicy {
  return policy("default-deny", namespace, {
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
    egress: [
      {
        to: [
          { namespaceSelector: namespaceNamed("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } },
        ],
        ports: [{ port: 53, protocol: "UDP" }, tcp(53)],
      },
    ],
  });
}

/** A policy adds to the others of its namespace, so what is left out here stays closed. */
function allowing(group: Group, ingress: readonly IngressRule[], egress: readonly EgressRule[]): NetworkPolicy {
  return policy(`allow-${group.name}`, group.namespace, {
    podSelector: { matchLabels: group.labels },
    policyTypes: [
      ...(ingress.length > 0 ? ["Ingress" as const] : []),
      ...(egress.length > 0 ? ["Egress" as const] : []),
    ],
    ...(ingress.length > 0 ? { ingress } : {}),
    ...(egress.length > 0 ? { egress } : {}),
  });
}

function policy(name: string, namespace: string, spec: NetworkPolicy["spec"]): NetworkPolicy {
  return { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec };
}

import type { ClusterProfile } from "../constructs/contracts/cluster-profile";
import type { AnyComponent } from "../constructs/contracts/component";
import type { FoundationPart, Part } from "../constructs/contracts/foundation";
import { foundationNamespace } from "../constructs/contracts/names";
import type { Answer, Place, PodTraffic, Use } from "../constructs/contracts/traffic";
import { foundationPods } from "../constructs/foundation/network-policies";
import { type Door, type End, isInBlock, type Policy, reachability } from "./reach";

/** A platform as far as its network goes. */
export interface Networked {
  readonly cluster: ClusterProfile;
  readonly foundation?: readonly FoundationPart[];
  readonly components: readonly AnyComponent[];
  /** Ports of issuers outside. Default: 443. */
  readonly issuerPorts?: readonly number[];
}

const partsOf = ({ foundation = [], components }: Networked): readonly Part[] => [...foundation, ...components];

interface Named extends End {
  readonly id: string;
}

/** A declared group of pods, as one of them; its id is `namespace/group`. */
export interface Group extends Named {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly traffic: PodTraffic;
  /** Absent for what is in the foundation's own namespace. */
  readonly part?: Part;
}

/** Pods have private addresses; where a policy's block may mean a pod, it means this one too. */
const podAddress = "10.244.7.7";

export function declaredGroups(platform: Networked): Group[] {
  const parts = partsOf(platform);
  const all = [
    { namespace: foundationNamespace, traffic: foundationPods(platform.cluster, parts), part: undefined },
    ...parts.map((part) => ({ namespace: part.name, traffic: part.traffic, part })),
  ];
  return all.flatMap(({ namespace, traffic, part }) =>
    Object.entries<PodTraffic>(traffic).map(([name, group]) => ({
      id: `${group.namespace ?? namespace}/${name}`,
      namespace: group.namespace ?? namespace,
      labels: group.labels,
      address: podAddress,
      traffic: group,
      part,
    })),
  );
}

/** What is outside the platform's namespaces, or in them and not declared: one end of each kind that matters. */
export function strangers(platform: Networked): Named[] {
  const { database, buckets } = platform.cluster.network;
  const namespaces = [foundationNamespace, ...partsOf(platform).map(({ name }) => name)];
  const at = (place: Place, name: string) => {
    if (place.in === "platform") return [];
    if (place.in === "namespace") return [{ id: name, namespace: place.namespace, labels: {}, address: podAddress }];
    return [{ id: name, address: place.blocks?.[0]?.split("/")[0] ?? "203.0.113.9" }];
  };
  return [
    ...namespaces.map((namespace) => ({ id: `${namespace}/(undeclared)`, namespace, labels: {}, address: podAddress })),
    { id: "(another namespace)", namespace: "somebody", labels: { app: "mlflow" }, address: podAddress },
    { id: "(dns)", namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, address: podAddress },
    { id: "(kube-system)", namespace: "kube-system", labels: {}, address: podAddress },
    ...at(database, "(database)"),
    ...at(buckets, "(buckets)"),
    { id: "(metadata)", address: "169.254.169.254" },
    { id: "(pod identity)", address: "169.254.170.23" },
    { id: "(node)", address: "169.254.20.10" },
    { id: "(internet)", address: "198.51.100.7" },
    { id: "(private network)", address: "192.168.7.7" },
    { id: "(carrier network)", address: "100.64.7.7" },
  ];
}

/** Doors worth a try: every one that is declared, and some that never are. */
export function doors(platform: Networked): Door[] {
  const { database, buckets } = platform.cluster.network;
  const declared = declaredGroups(platform).flatMap(({ traffic: { answers = {}, calls = {}, metrics } }) => [
    ...(metrics ? [metrics.port] : []),
    ...Object.values(answers).flat(),
    ...Object.values(calls).flatMap((ports) => (ports === "all" ? [] : ports)),
  ]);
  const places = [database, buckets].flatMap((place) => (place.in === "platform" ? [] : place.ports));
  const others = [22, 53, 80, 443, 2049, 6443, 10250, 31337, ...(platform.issuerPorts ?? [])];
  const ports = [...new Set([...declared, ...places, ...others])].sort((a, b) => a - b);
  return [...ports.map((port) => ({ port })), { port: 53, protocol: "UDP" as const }];
}

/** One way through: `from -> to port`. */
type Way = string;

const way = (from: string, to: string, { port, protocol }: Door): Way =>
  `${from} -> ${to} ${port}${protocol === "UDP" ? "/UDP" : ""}`;

/** Every way that the policies leave open between the platform's pods, and between them and the rest. */
export function openWays(platform: Networked, policies: readonly Policy[]): Set<Way> {
  return ways(platform, reachability(policies));
}

/** Every way that the declarations ask for. It is written from the meaning of the words, not from the policies. */
export function declaredWays(platform: Networked): Set<Way> {
  return ways(platform, (from, to) => (door) => {
    const [client, server] = [from as Partial<Group>, to as Partial<Group>];
    const { uses = [], calls = {}, consumes = [] } = client.traffic ?? {};
    const tcp = door.protocol !== "UDP";
    const answers = (answer: Answer) => tcp && (server.traffic?.answers?.[answer]?.includes(door.port) ?? false);
    // The rest of the cluster is somebody else's, and free to go where it is not kept out.
    if (from.namespace === undefined || !ours(platform, from)) {
      return open(answers) || to.namespace === undefined || !ours(platform, to);
    }
    if (to.id === "(dns)" && door.port === 53) return true;
    if (server.traffic) {
      const called = from.namespace === to.namespace ? calls[server.id?.split("/")[1] ?? ""] : undefined;
      if (tcp && (called === "all" || called?.includes(door.port))) return true;
      const { part, traffic } = server;
      if (part?.role && consumes.includes(part.role) && answers("offer")) return true;
      if (uses.includes("sign-in") && part?.signIn && answers("sign-in")) return true;
      if (uses.includes("pages") && answers("page")) return true;
      if (uses.includes("models") && part?.role === "serving" && answers("page")) return true;
      if (consumes.includes("serving") && answers("models")) return true;
      if (uses.includes("identity") && answers("identity")) return true;
      if (uses.includes("logs") && answers("logs")) return true;
      if (uses.includes("metrics") && tcp && traffic.metrics?.port === door.port && to.id !== from.id) return true;
      if (!part && uses.includes("database") && answers("database")) return true;
      if (!part && uses.includes("buckets") && answers("buckets")) return true;
      // What is open to everybody is open to those who may go to any address.
      return open(answers) && outside(platform, uses, to, door);
    }
    return !ours(platform, to) && outside(platform, uses, to, door);
  });
}

/** Whether pods answer everybody: the edge, and what the API server calls. */
function open(answers: (answer: Answer) => boolean): boolean {
  return answers("webhook") || answers("entry");
}

function outside(
  { cluster: { network }, issuerPorts = [443] }: Networked,
  uses: readonly Use[],
  to: End,
  { port, protocol }: Door,
): boolean {
  const onNode = to.address.startsWith("169.254.");
  const asksForKeys = uses.includes("buckets") || uses.includes("cloud");
  if (to.address === "169.254.170.23")
    return port === 80 && protocol !== "UDP" && asksForKeys && network.podIdentityAgent === true;
  if (onNode) return false;
  const isPublic = !/^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
    to.address,
  );
  if (uses.includes("internet") && isPublic) return true;
  if (protocol === "UDP") return false;
  return (
    (uses.includes("kubernetes-api") && [443, 6443].includes(port)) ||
    (uses.includes("cloud") && port === 443) ||
    (uses.includes("identity") && issuerPorts.includes(port)) ||
    (uses.includes("mail") && [465, 587].includes(port)) ||
    (uses.includes("nodes") && [9100, 10250].includes(port)) ||
    (["database", "buckets"] as const).some((use) => uses.includes(use) && isAt(network[use], to, port))
  );
}

function isAt(place: Place, to: End, port: number): boolean {
  if (place.in === "platform" || !place.ports.includes(port)) return false;
  if (place.in === "namespace") return to.namespace === place.namespace;
  // Without a block the address is not known, so any may be it.
  return place.blocks?.some((block) => isInBlock(to.address, block)) ?? true;
}

function ours(platform: Networked, { namespace }: End): boolean {
  return namespace === foundationNamespace || partsOf(platform).some(({ name }) => name === namespace);
}

function ways(platform: Networked, between: (from: Named, to: Named) => (door: Door) => boolean): Set<Way> {
  const ends = [...declaredGroups(platform), ...strangers(platform)];
  const tried = doors(platform);
  return new Set(
    ends.flatMap((from) =>
      ends.flatMap((to) => tried.filter(between(from, to)).map((door) => way(from.id, to.id, door))),
    ),
  );
}

/** What is open and was not declared, and what was declared and is not open. */
export function differences(platform: Networked, policies: readonly Policy[]): { tooMuch: Way[]; missing: Way[] } {
  const [is, should] = [openWays(platform, policies), declaredWays(platform)];
  return {
    tooMuch: [...is].filter((each) => !should.has(each)),
    missing: [...should].filter((each) => !is.has(each)),
  };
}

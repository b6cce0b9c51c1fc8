import { type BillProps, bill, contextOf } from "./bill";
import { type Line, total } from "./line";
import { stayingLines } from "./nodes";
import { askedBy, type ReleaseValues, type Requested, sum } from "./requests";
import { addOns, room, stayingNodes } from "./room";
import { type NodesLess, nodesLess, type SwitchedOff, switchedOff } from "./switches";

/** What one part asks of the nodes that stay, and what is billed for it alone. */
export interface PartCost {
  /** A part of the foundation, by its namespace; or `the tools`, or `EKS`. */
  readonly part: string;
  readonly of: "foundation" | "tools" | "EKS";
  readonly asked: Requested;
  /**
   * The larger of its shares of their processors and of their memory. Shares of all parts need not make one: of the
   * smaller one something is left.
   */
  readonly share: number;
  /** Its share of what they cost, dollars a month, idle. */
  readonly nodes: number;
  /** Its own lines of the bill, such as disks and the load balancer, dollars a month, idle. */
  readonly own: number;
}

/** What the foundation asks of the nodes, beside what the tools ask. */
export interface FoundationCost {
  /** The nodes that stay: how many, their room for pods, and dollars a month, idle. */
  readonly staying: { readonly count: number; readonly room: Requested; readonly cost: number };
  readonly parts: readonly PartCost[];
  /** What jobs ask while they run: those of an installation, of a new database, of backups. */
  readonly jobs: Requested;
  /** Groups whose nodes are not there for these parts: all have room with one less in each zone. */
  readonly nodesLess: readonly NodesLess[];
  readonly switches: readonly SwitchedOff[];
}

export interface FoundationCostProps extends BillProps {
  /** Those of its platform. */
  readonly releases: readonly ReleaseValues[];
}

export function foundationCost(props: FoundationCostProps): FoundationCost {
  const { environment, releases } = props;
  const { nodes, foundation, components } = environment;
  const count = stayingNodes(nodes);
  const staying = { count, room: room(nodes), cost: total(stayingLines(contextOf(props)), "idle") };
  const lines = bill(props);
  const asked = releases.map((release) => ({ ...askedBy(release, count), namespace: release.namespace }));
  const row = (
    part: string,
    of: PartCost["of"],
    isOf: (namespace: string) => boolean,
    more: readonly Requested[] = [],
  ) =>
    partCost(
      { part, of, asked: sum([...asked.filter((each) => isOf(each.namespace)).map(({ always }) => always), ...more]) },
      lines,
      staying,
    );
  const own = new Set(foundation.map(({ name }) => name));
  const tools = new Set<string>(components.map(({ name }) => name));
  const parts = [
    ...foundation.map(({ name }) => row(name, "foundation", (namespace) => namespace === name)),
    row("the tools", "tools", (namespace) => tools.has(namespace)),
    // What adds nodes is in its namespace, and the foundation's own has jobs alone.
    row("EKS", "EKS", (namespace) => !own.has(namespace) && !tools.has(namespace), [addOns]),
  ];
  return {
    staying,
    parts,
    jobs: sum(asked.map(({ passing }) => passing)),
    nodesLess: nodesLess(props, parts),
    switches: switchedOff(props, parts),
  };
}

function partCost(
  { part, of, asked }: Pick<PartCost, "part" | "of" | "asked">,
  lines: readonly Line[],
  { room: all, cost }: FoundationCost["staying"],
): PartCost {
  const share = Math.max(asked.millicores / all.millicores, asked.mebibytes / all.mebibytes);
  const own = total(
    lines.filter((line) => line.part === part),
    "idle",
  );
  return { part, of, asked, share, nodes: share * cost, own };
}

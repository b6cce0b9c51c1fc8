import { homesOf } from "../constructs/contracts/homes";
import { foundationParts } from "../constructs/foundation/parts";
import { type Billed, bill } from "./bill";
import type { FoundationCostProps, PartCost } from "./foundation";
import { type Column, total } from "./line";
import { type Requested, sum } from "./requests";
import { lacking, room } from "./room";

/** What an environment saves without some of its foundation. */
export interface SwitchedOff {
  /** As the environment's file would say it. */
  readonly setting: string;
  /** Parts that are gone then. */
  readonly parts: readonly string[];
  /** What they no longer ask of the nodes. */
  readonly frees: Requested;
  /** Dollars a month: what is billed for these parts alone, and for the way in. Nodes are billed whole. */
  readonly saves: Readonly<Record<Column, number>>;
  /** The node group that could be smaller then and cannot be as it is. Absent where no node less would do. */
  readonly nodesLess?: NodesLess;
}

/** One node less that stays in each zone. */
export interface NodesLess {
  readonly group: "system" | "general";
  /** What the group's `min` would be. */
  readonly min: number;
  /** Dollars a month, idle. Where room is kept for people's next servers, some of the nodes are kept for it. */
  readonly saves: number;
}

const none = { mode: "none" } as const;
const off = { mode: "off" } as const;

/** Every switch, with the settings that it changes. Without a domain nobody can sign in at one. */
const switches: readonly { readonly setting: string; readonly changes: Partial<Billed> }[] = [
  { setting: "identity none", changes: { identity: none } },
  { setting: "observability off", changes: { observability: off } },
  { setting: "backup off", changes: { backup: off } },
  { setting: "domain none, identity none", changes: { domain: none, identity: none } },
];

/** Each switch that is on and would take a part away. */
export function switchedOff(props: FoundationCostProps, all: readonly PartCost[]): SwitchedOff[] {
  const { environment } = props;
  return switches.flatMap(({ setting, changes }) => {
    const changed = { ...environment, ...changes };
    const left = new Set(partsOf(changed));
    const parts = environment.foundation.map(({ name }) => name).filter((name) => !left.has(name));
    const without = { ...changed, foundation: changed.foundation.filter(({ name }) => left.has(name)) };
    if (parts.length === 0) return [];
    const gone = all.filter(({ part }) => parts.includes(part));
    const anyway = new Set(nodesLess(props, all).map(({ group }) => group));
    const [dearest] = nodesLess(
      props,
      all.filter((each) => !gone.includes(each)),
    ).filter(({ group }) => !anyway.has(group));
    return [
      {
        setting,
        parts,
        frees: sum(gone.map(({ asked }) => asked)),
        saves: difference(props, without),
        ...(dearest ? { nodesLess: dearest } : {}),
      },
    ];
  });
}

/** The parts' names that an environment's settings ask for. */
function partsOf({ domain, nodes, identity, observability, backup, components }: Billed): string[] {
  const edge = domain.mode === "route53" ? "lets-encrypt" : false;
  const gpu = nodes.gpu.length > 0;
  const homes = homesOf(components);
  return foundationParts({ place: "aws", edge, gpu, identity, observability, backup, homes }).map(({ name }) => name);
}

/** The groups that could have a node less in each zone where only these parts are, by what all ask together; the dearest first. */
export function nodesLess(props: FoundationCostProps, parts: readonly PartCost[]): NodesLess[] {
  const { nodes } = props.environment;
  return (["system", "general"] as const)
    .filter((group) => nodes[group].min > (group === "system" ? 1 : 0))
    .flatMap((group) => {
      const min = nodes[group].min - 1;
      const fewer = { ...nodes, [group]: { ...nodes[group], min } };
      if (lacking(sum(parts.map(({ asked }) => asked)), room(fewer)).length > 0) return [];
      return [{ group, min, saves: difference(props, { ...props.environment, nodes: fewer }).idle }];
    })
    .sort((one, other) => other.saves - one.saves);
}

function difference(props: FoundationCostProps, without: Billed): Record<Column, number> {
  const [now, then] = [bill(props), bill({ ...props, environment: without })];
  return {
    idle: total(now, "idle") - total(then, "idle"),
    inUse: total(now, "inUse") - total(then, "inUse"),
  };
}

import type { FoundationCost, PartCost } from "./foundation";
import { type Requested, sum } from "./requests";
import type { NodesLess } from "./switches";
import { dollars, table } from "./table";

/** What the foundation asks of the nodes, and what switching parts of it off saves, as text. */
export function foundationText({ staying, parts, jobs, nodesLess, switches }: FoundationCost): string {
  const foundation = parts.filter(({ of }) => of === "foundation");
  const others = parts.filter(({ of }) => of !== "foundation");
  const rows = [
    ["", "CORES", "GiB", "% OF NODES", "NODES $", "OWN $"],
    ...foundation.map((each) => row(each.part, [each])),
    row("the foundation", foundation),
    ...others.map((each) => row(each.part, [each])),
    ["room of the nodes", ...amounts(staying.room), "100", dollars(staying.cost), ""],
  ];
  return [
    `What the foundation asks of the nodes that stay (${staying.count}), dollars a month idle`,
    "",
    table(rows, [1, 2, 3, 4, 5]),
    "",
    "% OF NODES: the larger of its shares of processors and memory. OWN: its own lines of the bill above, such as disks.",
    `Jobs ask for ${amounts(jobs).join(" cores and ")} GiB more, if all ran at once.`,
    "",
    switchesTable(switches),
    "",
    "Nodes are billed whole: what a part frees of them saves money only where a node less would do.",
    ...nodesLess.map(
      ({ group, min, saves }) =>
        `All of it has room with ${group}.min ${min} too, for ${dollars(saves)} less: these nodes stay for people, and for a zone that is down.`,
    ),
  ].join("\n");
}

function switchesTable(switches: FoundationCost["switches"]): string {
  return table(
    [
      ["SWITCHED OFF", "GONE", "CORES", "GiB", "IDLE $", "IN USE $", "NODES"],
      ...switches.map(({ setting, parts, frees, saves, nodesLess }) => [
        setting,
        parts.join(", "),
        ...amounts(frees),
        dollars(saves.idle),
        dollars(saves.inUse),
        remark(nodesLess),
      ]),
    ],
    [2, 3, 4, 5],
  );
}

function row(title: string, parts: readonly PartCost[]): string[] {
  const all = (of: (part: PartCost) => number) => parts.reduce((total, each) => total + of(each), 0);
  return [
    title,
    ...amounts(sum(parts.map(({ asked }) => asked))),
    (100 * all(({ share }) => share)).toFixed(1),
    dollars(all(({ nodes }) => nodes)),
    dollars(all(({ own }) => own)),
  ];
}

/** Cores and GiB. */
function amounts({ millicores, mebibytes }: Requested): string[] {
  return [(millicores / 1000).toFixed(2), (mebibytes / 1024).toFixed(2)];
}

/** Nodes are billed whole, so mostly none goes with a part. */
function remark(less: NodesLess | undefined): string {
  return less ? `${less.group}.min ${less.min} would do then: ${dollars(less.saves)} less` : "as many as before";
}

import { baseRegion, type PriceTable, priceTable } from "../constructs/contracts/price-table";
import { always, serviceLine } from "./context";
import { monthHours } from "./hours";
import { type Group, type Line, total } from "./line";
import type { Statement } from "./statement";

/** Another stack, by what it always has, at the prices that environments are billed with. */
export interface Peer {
  readonly name: string;
  readonly has: string;
  readonly source: string;
  readonly lines: readonly Line[];
}

/** As their makers or users describe them, in us-east-1, without what they leave out: logs, keys, public addresses. */
export function peers(table: PriceTable = priceTable): Peer[] {
  const at = { table, environment: { region: baseRegion } };
  const machines = (group: Group, count: number, type: string): Line => {
    const { dollars, region } = table.instance(type, baseRegion);
    const item = `${type}, ${count}`;
    return { group, item, quantity: always(count * monthHours), unit: "hour", unitPrice: dollars, priceRegion: region };
  };
  const controlPlane = serviceLine(at, "control plane", "EKS", "eks-cluster", always(monthHours));
  const database = table.database("db.t4g.micro", baseRegion);
  // An m6i costs what an m5 of its size does.
  const general = machines("nodes", 1, "m6i.2xlarge");
  return [
    {
      name: "a minimal stack like OpenMLOps",
      has: "EKS, a NAT gateway, two t3.large, 70 GB of disks, a small Postgres, a load balancer",
      source: "https://github.com/datarevenue-berlin/OpenMLOps",
      lines: [
        controlPlane,
        serviceLine(at, "network", "NAT gateway", "nat-gateway", always(monthHours)),
        machines("nodes", 2, "t3.large"),
        serviceLine(at, "storage", "disks", "gp3", always(70)),
        {
          group: "database",
          item: "db.t4g.micro",
          quantity: always(monthHours),
          unit: "hour",
          unitPrice: database.dollars,
          priceRegion: database.region,
        },
        serviceLine(at, "database", "its disk", "database-storage", always(20)),
        serviceLine(at, "entry", "application load balancer", "application-load-balancer", always(monthHours)),
      ],
    },
    {
      name: "Nebari, once its other nodes start from none",
      has: "EKS and one m5.2xlarge",
      source: "https://github.com/nebari-dev/nebari/issues/2154",
      lines: [controlPlane, general],
    },
    {
      name: "Nebari, as its default was",
      has: "EKS, one m5.2xlarge and two m5.xlarge",
      source: "https://github.com/nebari-dev/nebari/issues/2154",
      lines: [controlPlane, general, machines("nodes", 2, "m6i.xlarge")],
    },
  ];
}

/** The table of the README: environments beside other stacks. */
export function peerTable(statements: readonly Statement[], others: readonly Peer[] = peers()): string {
  const row = (...cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const whole = (amount: number) => Math.round(amount).toString();
  return [
    row("dollars a month", "idle", "in use, 5 people", "always on, idle"),
    row("---", "--:", "--:", "--:"),
    ...statements.map(({ environment, region, lines, total: sum, alwaysOn }) => {
      const entry = lines.some(({ group }) => group === "entry") ? "with an HTTPS entry" : "reached by port-forward";
      return row(`\`${environment}\` in ${region}, ${entry}`, whole(sum.idle), whole(sum.inUse), whole(alwaysOn.idle));
    }),
    ...others.map(({ name, has, source, lines }) =>
      row(`[${name}](${source}): ${has}`, whole(total(lines, "idle")), "", whole(total(lines, "idle"))),
    ),
  ].join("\n");
}

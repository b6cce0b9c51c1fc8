import { baseRegion, type PriceList, priceTable } from "../constructs/contracts/price-table";
import { type BillProps, bill } from "./bill";
import type { FoundationCost } from "./foundation";
import { awakeHours, monthHours } from "./hours";
import { type Column, type Line, total } from "./line";
import { defaultUsage, type Usage } from "./usage";

/** An environment's month with everything that one may ask of it. */
export interface Statement {
  readonly environment: string;
  readonly region: string;
  readonly usage: Usage;
  /** Hours a month that a schedule keeps it awake; 730 without one. */
  readonly awakeHours: number;
  readonly lines: readonly Line[];
  readonly total: Readonly<Record<Column, number>>;
  /** Dollars a month for each of the team, in use. */
  readonly perPerson: number;
  /** The same without its schedule. */
  readonly alwaysOn: Readonly<Record<Column, number>>;
  /** What in it is not as the command was asked. */
  readonly remarks: readonly string[];
  readonly prices: Pick<PriceList, "readOn" | "sources">;
}

/** A statement with what the foundation asks of the nodes, for which the platform is synthesized. */
export interface WholeStatement extends Statement {
  readonly foundation: FoundationCost;
}

export function statement(props: BillProps): Statement {
  const { environment, usage = defaultUsage, table = priceTable } = props;
  const lines = bill(props);
  const always = bill({ ...props, alwaysOn: true });
  const remarks: string[] = [];
  if (environment.nodes.gpu.length === 0 && usage.gpuHours > 0) {
    remarks.push(`it has no GPU nodes: the ${usage.gpuHours} GPU hours are not in it`);
  }
  const foreign = lines.filter((line) => line.priceRegion !== environment.region);
  if (foreign.length > 0) {
    remarks.push(
      `${foreign.length} of ${lines.length} prices are those of ${baseRegion}: ${environment.region}'s are not in the list`,
    );
  }
  return {
    environment: environment.name,
    region: environment.region,
    usage,
    awakeHours: props.alwaysOn ? monthHours : awakeHours(environment.schedule),
    lines,
    total: { idle: total(lines, "idle"), inUse: total(lines, "inUse") },
    perPerson: usage.users > 0 ? total(lines, "inUse") / usage.users : 0,
    alwaysOn: { idle: total(always, "idle"), inUse: total(always, "inUse") },
    remarks,
    prices: { readOn: table.list.readOn, sources: table.list.sources },
  };
}

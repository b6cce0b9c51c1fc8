import type { AwsEnvironment } from "../constructs/contracts/aws-environment";
import { type PriceTable, type Service, serviceUnits } from "../constructs/contracts/price-table";
import type { Group, Line, Quantity } from "./line";
import type { People } from "./people";
import type { Usage } from "./usage";

/** What every part of a bill reads. */
export interface Context {
  readonly environment: AwsEnvironment;
  /** Absent where nobody has notebooks. */
  readonly people?: People;
  readonly usage: Usage;
  /** Hours in which there are nodes, and a database server. */
  readonly awake: { readonly nodes: Quantity; readonly database: Quantity };
  readonly table: PriceTable;
}

export const always = (quantity: number): Quantity => ({ idle: quantity, inUse: quantity });
export const onlyInUse = (quantity: number): Quantity => ({ idle: 0, inUse: quantity });
/** So many of what is there in these hours. */
export const times = (count: number, hours: Quantity): Quantity => ({
  idle: count * hours.idle,
  inUse: count * hours.inUse,
});

type Remarks = Pick<Line, "estimate" | "note" | "part">;

/** A line of what the price list calls a service. */
export function serviceLine(
  { table, environment }: Pick<Context, "table"> & { readonly environment: Pick<AwsEnvironment, "region"> },
  group: Group,
  item: string,
  service: Service,
  quantity: Quantity,
  remarks: Remarks = {},
): Line {
  const { dollars, region } = table.service(service, environment.region);
  return { group, item, quantity, unit: serviceUnits[service], unitPrice: dollars, priceRegion: region, ...remarks };
}

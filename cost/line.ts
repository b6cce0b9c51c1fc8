/** What is had in a month: by a platform that is deployed and that nobody uses, and by one that a team works on. */
export interface Quantity {
  readonly idle: number;
  readonly inUse: number;
}

/** In the order in which a bill shows them. */
export const groups = [
  "control plane",
  "network",
  "entry",
  "nodes",
  "database",
  "storage",
  "logs and keys",
  "observability",
  "images",
] as const;
export type Group = (typeof groups)[number];

/** One line of a bill. */
export interface Line {
  readonly group: Group;
  readonly item: string;
  readonly quantity: Quantity;
  readonly unit: string;
  /** Dollars a unit. */
  readonly unitPrice: number;
  /** The region whose price it is: the environment's own, or the one whose prices are all known. */
  readonly priceRegion: string;
  /** The quantity or the price is what one may expect, not what is written somewhere. */
  readonly estimate?: true;
  readonly note?: string;
  /** The part of the foundation that alone it is billed for, by its namespace. */
  readonly part?: string;
}

export type Column = keyof Quantity;

/** Dollars a month. */
export function monthly(line: Line, column: Column): number {
  return line.quantity[column] * line.unitPrice;
}

/** Dollars a month. */
export function total(lines: readonly Line[], column: Column): number {
  return lines.reduce((sum, line) => sum + monthly(line, column), 0);
}

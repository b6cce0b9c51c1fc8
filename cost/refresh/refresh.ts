import { type PriceList, priceListSchema } from "../../constructs/contracts/price-table";
import { priceIn } from "./product";
import { type Query, queries } from "./queries";

/** Answers of the price API: the products of a service that have the attributes, each a text of JSON. */
export type ReadProducts = (query: Query) => Promise<readonly string[]>;

export interface Refreshed {
  readonly list: PriceList;
  readonly changed: readonly {
    readonly region: string;
    readonly name: string;
    readonly from?: number;
    readonly to: number;
  }[];
  /** Figures that the list had and the API had not: they stay as they were. */
  readonly kept: readonly { readonly region: string; readonly name: string }[];
}

/**
 * A price list with today's figures, of the regions that it has. Spot is in no price list, so its share stays.
 *
 * @param today as `2026-07-20`
 */
export async function refreshed(old: PriceList, read: ReadProducts, today: string): Promise<Refreshed> {
  const changed: Refreshed["changed"][number][] = [];
  const kept: Refreshed["kept"][number][] = [];
  const regions: PriceList["regions"] = {};
  for (const [region, before] of Object.entries(old.regions)) {
    const now = {
      instances: { ...before.instances },
      databases: { ...before.databases },
      services: { ...before.services },
    };
    for (const query of queries(region)) {
      const prices: Record<string, number> = now[query.part];
      const from = prices[query.name];
      const to = priceIn(await read(query), query);
      if (to === undefined) {
        if (from !== undefined) kept.push({ region, name: query.name });
      } else {
        if (to !== from) changed.push({ region, name: query.name, from, to });
        prices[query.name] = to;
      }
    }
    regions[region] = now;
  }
  const rest = old.sources.filter(({ of }) => kept.length > 0 || /\bspot\b/.test(of));
  const list = priceListSchema.parse({
    readOn: kept.length > 0 ? old.readOn : today,
    spotShare: old.spotShare,
    sources: [
      {
        of: `all figures but ${["spot", ...kept.map(({ region, name }) => `${name} in ${region}`)].join(", ")}`,
        from: "the AWS price API",
        readOn: today,
      },
      ...rest,
    ],
    regions,
  });
  return { list, changed, kept };
}

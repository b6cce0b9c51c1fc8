import { z } from "zod";
import type { Query } from "./queries";

/** A product of the price API, as far as it is read: the API gives each as a text of JSON. */
const product = z.object({
  product: z.object({ attributes: z.looseObject({ usagetype: z.string() }) }),
  terms: z.object({
    OnDemand: z
      .record(
        z.string(),
        z.object({
          priceDimensions: z.record(
            z.string(),
            z.object({ beginRange: z.string().default("0"), pricePerUnit: z.object({ USD: z.string() }) }),
          ),
        }),
      )
      .optional(),
  }),
});

/**
 * The price of what a query asks for, dollars, among the products that the API answered: that of the first amount that
 * costs anything, where more of it is cheaper.
 *
 * @returns undefined when the region does not offer it
 * @throws Error when products that cannot be told apart have different prices, or a document has another form
 */
export function priceIn(documents: readonly string[], query: Query): number | undefined {
  const found = documents
    .map((text) => product.parse(JSON.parse(text)))
    .filter((each) => isUsage(each.product.attributes.usagetype, query.usage))
    .flatMap((each) => firstPaid(each) ?? []);
  const prices = [...new Set(found)];
  if (prices.length > 1) {
    throw new Error(`the price API has ${prices.length} prices of ${query.name}: ${prices.join(", ")}`);
  }
  return prices[0];
}

/** `EU-`, `USE1-`, `us-east-1-` or nothing before it: other words there are other things, such as `Outposts-`. */
function isUsage(given: string, wanted: string): boolean {
  const before = given.endsWith(wanted) ? given.slice(0, given.length - wanted.length) : undefined;
  return before !== undefined && /^(|EU-|[A-Z]{2,4}\d-|[a-z]{2}(-[a-z]+)+-\d-)$/.test(before);
}

function firstPaid({ terms }: z.output<typeof product>): number | undefined {
  return Object.values(terms.OnDemand ?? {})
    .flatMap(({ priceDimensions }) => Object.values(priceDimensions))
    .map(({ beginRange, pricePerUnit }) => ({ from: Number(beginRange), price: Number(pricePerUnit.USD) }))
    .filter(({ price }) => price > 0)
    .sort((a, b) => a.from - b.from)[0]?.price;
}

import { z } from "zod";
import list from "./price-list.json";

/**
 * Prices of AWS by region, dollars, from `price-list.json`, which says where each came from and when, and which
 * `mlops cost --refresh` writes. A figure that is not known in a region is that of `baseRegion`, and says so.
 */

/** The region whose prices are all known. */
export const baseRegion = "us-east-1";

/** What the services are billed by. */
export const serviceUnits = {
  "eks-cluster": "hour",
  "nat-gateway": "hour",
  "nat-gateway-data": "GB",
  "network-load-balancer": "hour",
  /** One unit is, among others, a GB in an hour. */
  "network-load-balancer-capacity": "NLCU-hour",
  "application-load-balancer": "hour",
  "public-ipv4": "hour",
  /** In each zone. */
  "interface-endpoint": "hour",
  "interface-endpoint-data": "GB",
  gp3: "GiB-month",
  "database-storage": "GiB-month",
  efs: "GiB-month",
  "efs-read": "GB",
  "efs-write": "GB",
  s3: "GB-month",
  ecr: "GB-month",
  "logs-ingest": "GB",
  "logs-storage": "GB-month",
  "kms-key": "month",
  secret: "month",
  "hosted-zone": "month",
  /** On `general1.medium`: 4 vCPUs, 8 GB. */
  "build-minute": "minute",
} as const;
export type Service = keyof typeof serviceUnits;
export const services = Object.keys(serviceUnits) as readonly Service[];

const price = z.number().positive();
const prices = z.record(z.string(), price);
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);

export const priceListSchema = z.strictObject({
  /** The day of the oldest figure that says its day. */
  readOn: day,
  /** What a spot machine costs of its on-demand price: an estimate, and the upper end of what these types had. */
  spotShare: z.number().positive().max(1),
  sources: z.array(z.strictObject({ of: z.string(), from: z.string(), readOn: day.optional() })).min(1),
  regions: z.record(
    z.string(),
    z.strictObject({
      /** An hour on demand, Linux. */
      instances: prices,
      /** An hour of Postgres in one zone. */
      databases: prices,
      services: z.partialRecord(z.enum(services), price),
    }),
  ),
});
export type PriceList = z.output<typeof priceListSchema>;

/** A price with the region that it is of. */
export interface Price {
  readonly dollars: number;
  readonly region: string;
}

export class PriceTable {
  constructor(readonly list: PriceList) {}

  /** @throws Error when the type is not in the list */
  instance(type: string, region: string): Price {
    return this.find(region, type, (prices) => prices.instances[type]);
  }

  /** @throws Error when the class is not in the list */
  database(instanceClass: string, region: string): Price {
    return this.find(region, instanceClass, (prices) => prices.databases[instanceClass]);
  }

  service(service: Service, region: string): Price {
    return this.find(region, service, (prices) => prices.services[service]);
  }

  private find(region: string, what: string, read: (prices: PriceList["regions"][string]) => number | undefined) {
    for (const name of [region, baseRegion]) {
      const prices = Object.hasOwn(this.list.regions, name) ? this.list.regions[name] : undefined;
      const dollars = prices && read(prices);
      if (dollars !== undefined) return { dollars, region: name };
    }
    throw new Error(`the price list has no price of "${what}"; add it to ${baseRegion} in price-list.json`);
  }
}

/** The prices that the project brings. */
export const priceTable = new PriceTable(priceListSchema.parse(list));

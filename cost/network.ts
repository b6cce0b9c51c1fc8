import { endpointServices } from "../constructs/contracts/endpoints";
import { natInstanceType } from "../constructs/contracts/prices";
import { always, type Context, onlyInUse, serviceLine } from "./context";
import { monthHours } from "./hours";
import type { Line } from "./line";

/** GB that pass a NAT in a month: images from outside and what packages people install. Images of ECR go by S3's way. */
export const natGb = { idle: 20, eachPerson: 5 };
/** GiB of a NAT instance's disk. */
export const natDiskGiB = 8;
/** GB that a person's pages take in a month through the load balancer. */
const pagesGb = 5;

/** The way out of the private subnets. An existing network's is its owner's. */
export function networkLines(context: Context): Line[] {
  const { network, nodes, region } = context.environment;
  if (network.mode === "existing") return [];
  const service = (...line: Parameters<typeof serviceLine> extends [unknown, unknown, ...infer Rest] ? Rest : never) =>
    serviceLine(context, "network", ...line);
  const passed = { idle: natGb.idle, inUse: natGb.idle + natGb.eachPerson * context.usage.users };
  switch (network.egress.mode) {
    case "nat-gateway": {
      const count = network.egress.perZone ? nodes.zones : 1;
      return [
        service(`NAT gateway, ${count}`, "nat-gateway", always(count * monthHours)),
        service("NAT gateway, public addresses", "public-ipv4", always(count * monthHours)),
        service("NAT gateway, traffic", "nat-gateway-data", passed, { estimate: true }),
      ];
    }
    case "nat-instance": {
      const { dollars, region: priceRegion } = context.table.instance(natInstanceType, region);
      const item = `NAT instance, ${natInstanceType}`;
      const quantity = always(monthHours);
      return [
        { group: "network", item, quantity, unit: "hour", unitPrice: dollars, priceRegion },
        service("NAT instance, public address", "public-ipv4", always(monthHours)),
        service("NAT instance, disk", "gp3", always(natDiskGiB)),
      ];
    }
    case "none": {
      const endpoints = Object.keys(endpointServices(context.environment)).length;
      return [
        service(
          `interface endpoints, ${endpoints} in ${nodes.zones} zones`,
          "interface-endpoint",
          always(endpoints * nodes.zones * monthHours),
        ),
        service("interface endpoints, traffic", "interface-endpoint-data", passed, { estimate: true }),
      ];
    }
  }
}

/** Where people come in: HTTPS behind a network load balancer. Its certificate is free. */
export function entryLines(context: Context): Line[] {
  const { domain, network } = context.environment;
  if (domain.mode === "none") return [];
  const addresses = network.mode === "new" ? network.zones : network.publicSubnetIds.length;
  const edge = { part: "envoy-gateway" };
  const lines = [
    serviceLine(context, "entry", "load balancer", "network-load-balancer", always(monthHours), edge),
    serviceLine(
      context,
      "entry",
      "load balancer, traffic",
      "network-load-balancer-capacity",
      onlyInUse(context.usage.users * pagesGb),
      { estimate: true, ...edge },
    ),
    serviceLine(
      context,
      "entry",
      `load balancer, ${addresses} public addresses`,
      "public-ipv4",
      always(addresses * monthHours),
      edge,
    ),
  ];
  if (domain.zone === "make") lines.push(serviceLine(context, "entry", "DNS zone", "hosted-zone", always(1), edge));
  return lines;
}

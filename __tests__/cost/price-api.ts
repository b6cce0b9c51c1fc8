import * as http from "node:http";
import type { AddressInfo } from "node:net";

/** A product as the AWS price API writes it. */
export function product(
  serviceCode: string,
  attributes: Readonly<Record<string, string>>,
  prices: Readonly<Record<string, string>>,
): string {
  const term = "JRTCKXETXF";
  const sku = "M2YSHUBETB3JX4M4";
  const tiers = Object.keys(prices).sort((a, b) => Number(a) - Number(b));
  const dimensions = tiers.map((beginRange, tier) => [
    `${sku}.${term}.${tier}`,
    {
      unit: "Hrs",
      endRange: tiers[tier + 1] ?? "Inf",
      description: `$${prices[beginRange]} each`,
      appliesTo: [],
      rateCode: `${sku}.${term}.${tier}`,
      beginRange,
      pricePerUnit: { USD: prices[beginRange] },
    },
  ]);
  return JSON.stringify({
    product: {
      productFamily: attributes.productFamily ?? "Compute",
      attributes: { servicecode: serviceCode, ...attributes },
      sku,
    },
    serviceCode,
    terms: {
      OnDemand: {
        [`${sku}.${term}`]: {
          priceDimensions: Object.fromEntries(dimensions),
          sku,
          effectiveDate: "2026-11-01T00:00:00Z",
          offerTermCode: term,
          termAttributes: {},
        },
      },
    },
    version: "20261101000000",
    publicationDate: "2026-11-01T00:00:00Z",
  });
}

interface Request {
  readonly ServiceCode: string;
  readonly Filters?: readonly { readonly Field: string; readonly Value: string }[];
  readonly NextToken?: string;
}

/** A price API on this machine that has these products and gives one of them a page. */
export async function priceApi(products: readonly string[]) {
  const parsed = products.map((text) => ({ text, content: JSON.parse(text) as ProductJson }));
  const server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      const { ServiceCode, Filters = [], NextToken = "0" } = JSON.parse(body) as Request;
      const found = parsed.filter(
        ({ content }) =>
          content.serviceCode === ServiceCode &&
          Filters.every(({ Field, Value }) => content.product.attributes[Field] === Value),
      );
      const page = Number(NextToken);
      response.setHeader("content-type", "application/x-amz-json-1.1");
      response.end(
        JSON.stringify({
          FormatVersion: "aws_v1",
          PriceList: found.slice(page, page + 1).map(({ text }) => text),
          ...(page + 1 < found.length ? { NextToken: String(page + 1) } : {}),
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface ProductJson {
  readonly serviceCode: string;
  readonly product: { readonly attributes: Readonly<Record<string, string>> };
}

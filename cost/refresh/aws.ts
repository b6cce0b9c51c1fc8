import { GetProductsCommand, type PricingClient } from "@aws-sdk/client-pricing";
import { DeploymentError } from "../../deployment/errors";
import type { ReadProducts } from "./refresh";

/** Where the price API is; it tells the prices of every region. */
export const pricingRegion = "us-east-1";

/**
 * Reads products through the AWS SDK, page by page.
 *
 * @throws DeploymentError when there is no network, or no credentials that may call `pricing:GetProducts`
 */
export function productsOf(client: PricingClient): ReadProducts {
  return async ({ serviceCode, filters }) => {
    const products: string[] = [];
    let next: string | undefined;
    do {
      const answer = await client
        .send(
          new GetProductsCommand({
            ServiceCode: serviceCode,
            Filters: Object.entries(filters).map(([Field, Value]) => ({ Type: "TERM_MATCH", Field, Value })),
            NextToken: next,
          }),
        )
        .catch((error: Error) => {
          throw new DeploymentError(
            `The AWS price API did not answer: ${error.message || error.name}. It wants a network, and credentials that may call pricing:GetProducts; the prices in the list stay as they are`,
          );
        });
      products.push(...(answer.PriceList ?? []).map(String));
      next = answer.NextToken;
    } while (next);
    return products;
  };
}

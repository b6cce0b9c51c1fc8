import * as fs from "node:fs";
import * as path from "node:path";
import type { PriceList } from "../../constructs/contracts/price-table";

/** The list that the project brings. */
export const priceListFile = path.resolve(__dirname, "../../constructs/contracts/price-list.json");

/** Writes a list whole or not at all. */
export function writePriceList(list: PriceList, file = priceListFile): void {
  const next = `${file}.next`;
  fs.writeFileSync(next, `${JSON.stringify(list, null, 2)}\n`);
  fs.renameSync(next, file);
}

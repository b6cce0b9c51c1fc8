import * as fs from "node:fs";
import * as path from "node:path";
import { priceTable } from "../../constructs/contracts/price-table";
import { total } from "../../cost/line";
import { peers, peerTable } from "../../cost/peers";
import { statement } from "../../cost/statement";
import { inputs } from "../support/environments";
import { read } from "./environments";

const readme = fs.readFileSync(path.resolve(__dirname, "../../README.md"), "utf8");

test("the README's costs are what `mlops cost --peers` prints; after a change, put its table there", () => {
  const own = [inputs.dev(), inputs.prod()].map((input) => statement({ environment: read(input) }));
  const [head = ""] = peerTable(own).split("\n");
  const from = readme.indexOf(head);
  expect(readme.slice(from, readme.indexOf("\n\n", from))).toBe(peerTable(own));
});

describe("a stack that others describe", () => {
  const [minimal, ...nebari] = peers();
  const east = priceTable.list.regions["us-east-1"];
  const machine = (type: string) => (east?.instances[type] ?? 0) * 730;

  test("is the sum of its parts: the minimal one about 263", () => {
    const parts = 730 * (0.1 + 0.045 + 0.0225 + 0.016) + 2 * machine("t3.large") + 70 * 0.08 + 20 * 0.115;
    expect(total(minimal?.lines ?? [], "idle")).toBeCloseTo(parts, 6);
    expect(Math.round(parts)).toBe(263);
  });

  test("Nebari's, in its users' months of 720 hours, is what they counted", () => {
    const counted = nebari.map(({ lines }) => Math.round((total(lines, "idle") * 720) / 730));
    expect(counted).toEqual([348, 625]);
    for (const figure of counted) expect(readme).toContain(String(figure));
  });
});

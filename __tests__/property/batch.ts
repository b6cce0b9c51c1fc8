import "../support/no-stack-traces";
import * as fs from "node:fs";
import * as path from "node:path";
import { onAws } from "../support/arbitrary-environments";
import { inExisting } from "../support/arbitrary-existing";
import { holds } from "../support/environment-property";

/**
 * Some of the environments, in a process of their own: CDKTF keeps every token of every app, and by them the apps, so
 * that a thousand of them would fill a process's memory. Prints what it has seen; keeps some stacks in a folder.
 */
const [kind = "", runs = "", seed = "", folder = ""] = process.argv.slice(2);
const arbitrary = kind === "cluster" ? onAws : inExisting;
let synthesized = 0;
const seen = holds(
  arbitrary,
  kind === "cluster" ? "cluster" : "platform",
  Number(runs),
  (stacks, name) => {
    // Spread over all of them.
    if (kind === "cluster" && synthesized % 20 === 0)
      fs.writeFileSync(
        path.join(folder, `${seed}-${synthesized}.json`),
        JSON.stringify(stacks[`${name}-cluster`] ?? {}),
      );
    synthesized += 1;
  },
  Number(seed),
);
console.log(JSON.stringify(seen));

import { deepStrictEqual, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { InvalidInputError } from "../../constructs/contracts/problems";
import { violations } from "../aws/invariants";
import { type Stacks, synthesizeStacks } from "./synth";

/** What came of the environments that a property has seen. */
export interface Seen {
  refused: number;
  synthesized: number;
}

/**
 * Whatever is written as an environment is refused with reasons, or becomes stacks in which nothing is open.
 *
 * @param each called with the stacks of every environment that was synthesized
 * @throws fast-check's error, with the environment for which it does not hold
 */
export function holds(
  arbitrary: fc.Arbitrary<unknown>,
  kind: "cluster" | "platform",
  numRuns: number,
  each: (stacks: Stacks, name: string) => void = () => {},
  seed = 20,
): Seen {
  const seen: Seen = { refused: 0, synthesized: 0 };
  fc.assert(
    fc.property(arbitrary, (input) => {
      let stacks: Stacks;
      try {
        stacks = synthesizeStacks([input]);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        ok(error.problems.length > 0, "it was refused without a reason");
        deepStrictEqual([...new Set(error.problems)], error.problems, "a problem is told twice");
        for (const problem of error.problems) match(problem, /; ./, "a problem has no remedy");
        seen.refused += 1;
        return;
      }
      const { name } = input as { readonly name: string };
      const stack = stacks[`${name}-${kind}`];
      if (!stack) throw new Error(`no ${kind} stack`);
      if (kind === "cluster") deepStrictEqual(violations(stack), []);
      else deepStrictEqual(Object.keys(stack.terraform.required_providers).sort(), ["helm", "kubernetes"]);
      seen.synthesized += 1;
      each(stacks, name);
    }),
    { numRuns, seed, endOnFailure: true },
  );
  return seen;
}

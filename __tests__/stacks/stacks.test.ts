import type { JsonObject } from "../../constructs/contracts/json";
import dev from "../../environments/dev";
import existing from "../../environments/existing";
import prod from "../../environments/prod";
import { compact } from "../support/compact";
import { readable } from "../support/readable";
import { synthesizeStacks } from "../support/synth";

const stacks = synthesizeStacks([dev, existing, prod]);

// Data is compared, and printed so that a whole stack fits on a few screens.
expect.addSnapshotSerializer({
  test: (value) => value !== null && typeof value === "object",
  serialize: (value: JsonObject) =>
    Object.entries(value)
      .map(([id, attributes]) => `${id} ${compact(attributes)}`)
      .join("\n"),
});

test("on AWS there are a cluster, a platform and the bucket of states, in a cluster that exists the platform alone", () => {
  expect(Object.keys(stacks).sort()).toEqual([
    "dev-cluster",
    "dev-platform",
    "existing-platform",
    "prod-cluster",
    "prod-platform",
    "prod-state",
  ]);
});

describe.each(Object.keys(stacks).sort())("%s", (name) => {
  const { [name]: stack, ...others } = stacks;
  if (!stack) throw new Error(`no stack ${name}`);
  const resources = readable(stack, others);

  test("is what was reviewed", () => expect(resources).toMatchSnapshot());

  test("can be reviewed: fewer than 400 lines", () => {
    const lines = Object.values(resources).map((each) => compact(each).split("\n").length);
    expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThan(400);
  });
});

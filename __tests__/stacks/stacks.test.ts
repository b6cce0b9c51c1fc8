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

const tools = dev.components.map(({ tool }) => tool);

/** A stack as it is reviewed: a platform's foundation apart from the tools on it. */
function sections(name: string, resources: Readonly<Record<string, JsonObject>>) {
  const isTools = (id: string) => tools.some((tool) => id.includes(` ${tool}/`));
  const those = (wanted: boolean) =>
    Object.fromEntries(Object.entries(resources).filter(([id]) => isTools(id) === wanted));
  return name.endsWith("-platform")
    ? [[`${name}, foundation`, those(false)] as const, [`${name}, tools`, those(true)] as const]
    : [[name, resources] as const];
}

const reviewed = Object.entries(stacks)
  .sort(([a], [b]) => a.localeCompare(b))
  .flatMap(([name, stack]) => {
    const { [name]: _, ...others } = stacks;
    return sections(name, readable(stack, others));
  });

describe.each(reviewed)("%s", (_, resources) => {
  test("is what was reviewed", () => expect(resources).toMatchSnapshot());

  test("can be reviewed: fewer than 400 lines", () => {
    const lines = Object.values(resources).map((each) => compact(each).split("\n").length);
    expect(lines.reduce((sum, each) => sum + each, 0)).toBeLessThan(400);
  });
});

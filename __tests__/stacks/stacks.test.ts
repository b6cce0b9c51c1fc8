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

/**
 * A stack as it is reviewed: of a platform, each tool of the foundation by itself, the edge's ways in apart from their rules,
 * and the tools on it together.
 */
function sections(name: string, resources: Readonly<Record<string, JsonObject>>) {
  if (!name.endsWith("-platform")) return [[name, resources] as const];
  const partOf = (id: string) => {
    const [, part = ""] = /^\S+ (envoy-gateway\/rules|[\w-]+)\//.exec(id) ?? [];
    return tools.includes(part) ? "tools" : part || "foundation";
  };
  return [...new Set(Object.keys(resources).map(partOf))].map((part) => {
    const own = Object.entries(resources).filter(([id]) => partOf(id) === part);
    return [`${name}, ${part}`, Object.fromEntries(own)] as const;
  });
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

import { type Team, teamsSchema } from "../../../constructs/contracts/teams";
import { type PriorityClass, priorities, priorityClasses } from "../../../constructs/foundation/scheduling/priorities";
import { quotas } from "../../../constructs/foundation/scheduling/quotas";
import { chooseComponents, fiveTools } from "../../support/platform";

const teams: readonly Team[] = teamsSchema.parse([
  { name: "red", groups: ["red"], priority: "high", limits: { cpu: 16, memoryGiB: 64, gpus: 0, servers: 5 } },
  { name: "blue", groups: ["blue"] },
  { name: "grey", groups: ["grey"], priority: "low", limits: { servers: 2 } },
]);
const components = chooseComponents(fiveTools);
const classes = new Map(priorityClasses(teams).map((each) => [each.metadata.name, each]));
const value = (name: string) => (classes.get(name) as PriorityClass).value;

describe("whose room comes first", () => {
  test("what all stands on, tools, models, copies, what names no class, people, their workers, and kept room last", () => {
    const { foundation, tools, models, copies, people, workers } = priorities;
    const order = [foundation, tools, models, copies, undefined, people, workers].map((name) =>
      name ? value(name) : 0,
    );
    expect(order.toSorted((a, b) => b - a)).toEqual(order);
    expect(new Set(order).size).toBe(order.length);
    for (const name of classes.keys()) {
      if (name !== priorities.placeholders) expect(value(name)).toBeGreaterThan(value(priorities.placeholders));
    }
  });

  test("nobody's server or run is ended for the sake of another person's: all have one value", () => {
    const people = [...classes.keys()].filter((name) => name.startsWith(priorities.people));
    expect(people).toHaveLength(4);
    expect(new Set(people.map(value)).size).toBe(1);
  });

  test("a model and a nightly copy end nobody's work: they wait until there is room", () => {
    for (const name of [priorities.models, priorities.copies]) {
      expect([name, classes.get(name)?.preemptionPolicy]).toEqual([name, "Never"]);
    }
    for (const name of [priorities.foundation, priorities.tools, priorities.people]) {
      expect([name, classes.get(name)?.preemptionPolicy]).toEqual([name, "PreemptLowerPriority"]);
    }
  });

  test("workers of a team of low priority give way to those of a high one, and no worker to another's of the same", () => {
    const of = (team: string) => value(`${priorities.workers}-${team}`);
    expect(of("red")).toBeGreaterThan(of("blue"));
    expect(of("blue")).toBeGreaterThan(of("grey"));
    expect(of("blue")).toBe(value(priorities.workers));
  });

  test("a node is added for each: the autoscaler takes no notice of what is below -10", () => {
    for (const { value: each } of classes.values()) expect(each).toBeGreaterThanOrEqual(-10);
  });

  test("none is a cluster's default, where others run things too", () => {
    for (const { globalDefault } of classes.values()) expect(globalDefault).toBe(false);
  });
});

describe("how much a team takes", () => {
  const made = quotas(teams, components);
  const of = (team: string, namespace: string) =>
    made.find(({ metadata }) => metadata.name === `team-${team}` && metadata.namespace === namespace);

  test("is counted where each pod is one person's", () => {
    expect(made.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      "jupyterhub/team-red",
      "dask-gateway/team-red",
      "jupyterhub/team-grey",
    ]);
  });

  test("counts the team's own pods and nobody else's", () => {
    const [selector] = of("red", "dask-gateway")?.spec.scopeSelector.matchExpressions ?? [];
    expect(selector).toEqual({
      scopeName: "PriorityClass",
      operator: "In",
      values: ["open-mlops-people-red", "open-mlops-workers-red"],
    });
  });

  test("servers are counted at the Hub alone, and no GPU is a limit too", () => {
    const amounts = { "requests.cpu": "16", "requests.memory": "64Gi", "requests.nvidia.com/gpu": "0" };
    expect(of("red", "jupyterhub")?.spec.hard).toEqual({ ...amounts, pods: "5" });
    expect(of("red", "dask-gateway")?.spec.hard).toEqual(amounts);
    expect(of("grey", "jupyterhub")?.spec.hard).toEqual({ pods: "2" });
  });
});

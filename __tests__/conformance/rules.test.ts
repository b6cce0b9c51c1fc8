import { hasFailed, judge, printed } from "../../conformance/matrix";
import { commandments } from "../../conformance/rule";
import { rules } from "../../conformance/rules";
import { type PartSubject, type Subject, subjectsOf } from "../../conformance/subject";
import { catalogue } from "../../constructs/components/catalogue";
import { inputs } from "../support/environments";
import { broken, subjects } from "./broken";
import { clusterCases } from "./cluster-cases";
import { machineCases } from "./machine-cases";

const environments = ["dev", "existing", "prod"];
const problemsOf = (id: string, subject: PartSubject): readonly string[] => {
  const rule = rules.find((each) => each.id === id);
  if (!rule) throw new Error(`no rule ${id}`);
  // A rule for components alone is tried on a component.
  return (rule.of === "all parts" ? rule.check(subject) : rule.check(subject as Subject)) ?? [];
};

test("every component of every environment is looked at", () => {
  const seen = subjects.map(({ environment, component }) => `${environment}/${component.name}`);
  expect(seen.sort()).toEqual(
    environments.flatMap((name) => Object.keys(catalogue.tools).map((tool) => `${name}/${tool}`)).sort(),
  );
});

test.each(rules.map((rule) => [rule.id, rule] as const))("%s holds everywhere", (_, rule) => {
  expect(judge([rule], subjects).filter(hasFailed)).toEqual([]);
});

const cases = [...clusterCases, ...machineCases];

test.each(cases)("%s is broken, and says so (%#)", (rule, subject, says) => {
  expect(problemsOf(rule, subject)).toContain(says);
});

test("every rule has been seen to fail", () => {
  const seen = new Set(cases.map(([rule]) => rule));
  expect(rules.filter(({ id }) => !seen.has(id)).map(({ id }) => id)).toEqual([]);
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

test.each(commandments)("three rules and more hold people to the commandment of %s", (commandment) => {
  expect(rules.filter((rule) => rule.commandment === commandment).length).toBeGreaterThanOrEqual(3);
});

test("every rule speaks of one component at least, in every environment", () => {
  const ofWatched = ["alerts-cover-it"];
  const silent = rules.flatMap(({ id, check }) =>
    environments
      .filter((name) => !ofWatched.includes(id) || name === "prod")
      .filter((name) => subjects.every((each) => each.environment !== name || check(each) === undefined))
      .map((name) => `${id} in ${name}`),
  );
  expect(silent).toEqual([]);
});

test("a tool that says why it does not run on this machine breaks no rule, nor do those that consume it", () => {
  const create = (options: never) =>
    Object.assign(catalogue.tools.seldon.create(options), {
      processes: () => ({ unavailable: "its operator needs a cluster to run in" }),
    });
  const without = subjectsOf([inputs.existing()], {
    ...catalogue,
    tools: { ...catalogue.tools, seldon: { ...catalogue.tools.seldon, create } },
  });
  expect(judge(rules, without).filter(hasFailed)).toEqual([]);
});

describe("the matrix", () => {
  const bad = broken("mlflow", ({ platform }) => ({ namespaceLabels: {}, platform: { ...platform, foundation: [] } }));
  const [rule] = rules.filter(({ id }) => id === "pod-security");
  const table = rule ? [rule] : [];

  test("a failure is shown in its cell and in words, with where it is", () => {
    const text = printed(table, judge(table, [bad]), ["existing"]);
    expect(text).toMatch(/^pod-security +FAILED/m);
    expect(text).toContain("FAILED pod-security, mlflow in existing: the namespace enforces no standard");
    expect(text).toContain("1 rules, 1 components, environments existing: 1 of 1 failed");
  });

  test("where nobody watches, it says so: a rule about watching has nothing to hold there", () => {
    const text = printed(table, judge(table, [bad]), ["existing", "prod"], ["existing"]);
    expect(text).toContain("nobody watches existing: observability is off there");
    expect(printed(table, judge(table, [bad]), ["prod"])).not.toContain("nobody watches");
  });

  test("a commandment without a rule is named, not left out", () => {
    const text = printed(table, judge(table, [bad]), ["existing"]);
    for (const commandment of commandments) expect(text).toContain(commandment.toUpperCase());
    expect(text).toContain("LATENCY: no rule yet");
  });

  test("a rule that does not speak of a component is neither kept nor broken there", () => {
    const only = rules.filter(({ id }) => id === "idle-ends");
    const some = subjects.filter(({ component }) => ["mlflow", "prefect"].includes(component.name));
    const text = printed(only, judge(only, some), environments);
    expect(text).toMatch(/^idle-ends +- +ok /m);
    expect(text).toContain("0 of 1 failed");
  });
});

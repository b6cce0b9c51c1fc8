import type { AnyComponent } from "../../constructs/contracts/component";
import type { Needs } from "../../constructs/contracts/needs";
import { type Role, roles } from "../../constructs/contracts/offers";
import { type Capabilities, consumersOf, planComponents } from "../../constructs/contracts/plan";

const aws: Capabilities = { place: "aws", database: true, gpusPerNode: 0 };

/** A component as far as planning reads it. */
function component(
  role: Role,
  parts: { name?: string; consumes?: readonly Role[]; needs?: Needs; signIn?: true } = {},
) {
  const { name = role, consumes = [], needs = {}, signIn } = parts;
  return { name, role, consumes, needs, ...(signIn ? { signIn: {} } : {}) } as unknown as AnyComponent;
}

/** One component a role, some replaced. */
function platform(...replaced: AnyComponent[]): AnyComponent[] {
  return roles.map((role) => replaced.find((each) => each.role === role) ?? component(role));
}

function problems(components: readonly AnyComponent[], place = aws): readonly string[] {
  const plan = planComponents(components, place);
  return plan.ok ? [] : plan.problems;
}

test("each comes after those whose offers it reads", () => {
  const plan = planComponents(
    platform(
      component("notebooks", { consumes: ["workflow", "tracking"] }),
      component("workflow", { consumes: ["compute"] }),
      component("compute", { consumes: ["tracking"] }),
    ),
    aws,
  );
  expect(plan.ok && plan.components.map((each) => each.name)).toEqual([
    "serving",
    "tracking",
    "compute",
    "workflow",
    "notebooks",
  ]);
});

test("the order does not depend on the order in which an environment names tools", () => {
  const order = (components: AnyComponent[]) => {
    const plan = planComponents(components, aws);
    return plan.ok && plan.components.map((each) => each.name);
  };
  expect(order(platform().reverse())).toEqual(order(platform()));
});

test("a circle is shown as the way round it", () => {
  expect(
    problems(
      platform(component("tracking", { consumes: ["compute"] }), component("compute", { consumes: ["tracking"] })),
    ),
  ).toEqual(["components consume each other in a circle: compute -> tracking -> compute; remove one of the edges"]);
});

test.each<[string, Needs, Capabilities, string]>([
  ["a database that the place has not", { database: true }, { ...aws, database: false }, "needs a database"],
  ["a GPU where there is none", { gpu: 1 }, aws, "there are no GPU nodes"],
  ["more GPUs than a node has", { gpu: 2 }, { ...aws, gpusPerNode: 1 }, "a GPU node has 1"],
  ["the shared bucket as its own", { buckets: ["data"] }, aws, "choose another name"],
  [
    "a bucket it does not declare",
    { serviceAccounts: [{ name: "a", buckets: ["x"] }] },
    aws,
    "add it to needs.buckets",
  ],
  ["sign-in where nobody gives it", { signIn: true }, aws, "no component provides sign-in"],
])("a component that needs %s", (_, needs, place, message) => {
  expect(problems(platform(component("tracking", { needs })), place)).toEqual([expect.stringContaining(message)]);
});

test("the lab has no GPU nodes to count", () => {
  expect(problems(platform(component("tracking", { needs: { gpu: 1 } })), { ...aws, place: "lab" })).toEqual([]);
});

test("what an unread choice may have given is not missing", () => {
  const four = platform().filter((each) => each.role !== "serving");
  expect(planComponents(four, aws, ["serving"]).ok).toBe(true);
  expect(planComponents(four, aws, ["unknown"]).ok).toBe(true);
  expect(planComponents(platform(), aws, ["serving"])).toEqual({
    ok: false,
    problems: ['2 components play the role "serving" (serving, one that could not be read); keep one of them'],
  });
});

test("consumers are known from declarations, with the accounts that people's code runs under", () => {
  const notebooks = component("notebooks", {
    consumes: ["tracking"],
    needs: {
      serviceAccounts: [
        { name: "people", buckets: [], runsPeoplesCode: true },
        { name: "server", buckets: [] },
      ],
    },
  });
  expect(consumersOf("tracking", platform(notebooks))).toEqual([
    { component: "notebooks", namespace: "notebooks", serviceAccounts: ["people"] },
  ]);
});

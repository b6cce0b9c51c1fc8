import { catalogue } from "../../constructs/components/catalogue";
import type { AnyComponent } from "../../constructs/contracts/component";
import { loadEnvironments } from "../../constructs/contracts/load";
import type { Needs } from "../../constructs/contracts/needs";
import { type Role, roles } from "../../constructs/contracts/offers";
import { type Capabilities, consumersOf, planComponents } from "../../constructs/contracts/plan";
import type { Traffic } from "../../constructs/contracts/traffic";
import { changed, inputs } from "../support/environments";

const aws: Capabilities = { place: "aws", database: true, gpusPerNode: 0 };

/** A component as far as planning reads it. */
function component(
  role: Role,
  parts: { name?: string; consumes?: readonly Role[]; needs?: Needs; signIn?: true; traffic?: Traffic } = {},
) {
  const { name = role, consumes = [], needs = {}, signIn } = parts;
  const uses = [
    ...(needs.database ? ["database"] : []),
    ...(needs.serviceAccounts?.some(({ buckets }) => buckets.length > 0) ? ["buckets"] : []),
  ];
  const traffic = {
    server: { labels: { app: name }, answers: { offer: [80], "sign-in": [81] }, consumes, uses },
    ...parts.traffic,
  };
  return { name, role, consumes, needs, traffic, ...(signIn ? { signIn: {} } : {}) } as unknown as AnyComponent;
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

test("the autoscaler reckons with a group's first type, Karpenter with any", () => {
  const dev = changed(inputs.dev(), "nodes.general.instanceTypes", ["m6i.large", "m6i.xlarge"]);
  const large = changed(dev, "components.0.profiles.1", { name: "large", cpu: 3, memoryGiB: 12 });
  const message =
    'dev: jupyterhub offers 3 cores and 12 GiB, and a node of the group "general" has room for 1.75 and 6.8';
  expect(() => loadEnvironments([large], catalogue)).toThrow(message);
  const karpenter = changed(changed(large, "nodes.mode", "karpenter"), "schedule", undefined);
  expect(loadEnvironments([karpenter], catalogue)).toHaveLength(1);
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
  [
    "a server larger than a node",
    { largestPod: { cpu: 2, memoryGiB: 2 } },
    { ...aws, room: { cpu: 1.75, memoryGiB: 6.8 } },
    'offers 2 cores and 2 GiB, and a node of the group "general" has room for 1.75 and 6.8',
  ],
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

const server = { labels: { app: "tracking" }, answers: { offer: [80] } };

test.each<[string, Parameters<typeof component>[1], string]>([
  [
    "reads an offer that is not consumed",
    { traffic: { server: { ...server, consumes: ["compute"] } } },
    'tracking\'s pods "server" read compute, which tracking does not consume; declare it',
  ],
  [
    "leaves an offer unread",
    { consumes: ["compute"], traffic: { server } },
    "tracking consumes compute and none of its pods reads it; name the role in its traffic",
  ],
  [
    "calls pods that there are not",
    { traffic: { server: { ...server, calls: { data: [1] } } } },
    'tracking\'s pods "server" call "data", which its traffic does not have; name a group',
  ],
  [
    "has pods without labels, which would be all of the namespace",
    { traffic: { job: { labels: {} } } },
    'tracking\'s pods "job" have no labels; give those they carry',
  ],
  [
    "has pods that cannot be told apart",
    { traffic: { job: { labels: { app: "tracking", job: "x" } } } },
    'tracking\'s labels of "server" are on "job" too; give one that tells them apart',
  ],
  [
    "needs a database that no pod uses",
    { needs: { database: true }, traffic: { server } },
    'tracking needs a database and none of its pods uses a database; add "database" to its traffic',
  ],
  [
    "uses buckets that it does not need",
    { traffic: { server: { ...server, uses: ["buckets"] } } },
    "tracking's pods use buckets, which tracking does not need; declare it in its needs",
  ],
  [
    "has tokens verified that it does not get",
    { traffic: { server: { ...server, uses: ["sign-in"] } } },
    "tracking's pods have tokens verified, which tracking does not need; declare needs.signIn",
  ],
  [
    "provides sign-in that nothing answers",
    { signIn: true, traffic: { server } },
    'tracking provides sign-in and none of its pods answers; give the ports of "sign-in" in its traffic',
  ],
  [
    "offers what nothing answers",
    { traffic: { server: { labels: { app: "tracking" } } } },
    'tracking offers tracking and none of its pods answers; give the ports of "offer" in its traffic',
  ],
])("a component whose traffic %s", (_, parts, message) => {
  const reader = component("notebooks", { consumes: ["tracking"] });
  expect(problems(platform(reader, component("tracking", parts)))).toEqual([message]);
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

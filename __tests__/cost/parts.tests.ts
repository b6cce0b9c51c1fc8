import { awakeHours } from "../../cost/hours";
import { nodesForTeam, peopleOf, serversOnNode } from "../../cost/people";
import { cheap, devWith } from "./environments";

const schedule = (days: string[], from: string, until: string) =>
  devWith({ ...cheap, schedule: { days, from, until, timezone: "UTC" } }).schedule;

test.each<[string, ReturnType<typeof schedule>, number]>([
  ["no schedule", undefined, 730],
  ["five days of twelve hours", schedule(["MON", "TUE", "WED", "THU", "FRI"], "07:00", "19:00"), (730 * 60) / 168],
  ["half an hour on one day", schedule(["SAT"], "08:45", "09:15"), (730 * 0.5) / 168],
])("awake with %s", (_, given, hours) => expect(awakeHours(given)).toBeCloseTo(hours, 10));

test("what is woken before and sleeps after is there longer, and no day has more than 24 hours", () => {
  expect(awakeHours(schedule(["MON"], "07:00", "19:00"), 30)).toBeCloseTo((730 * 12.5) / 168, 10);
  expect(awakeHours(schedule(["MON"], "00:00", "22:30"), 120)).toBeCloseTo((730 * 24) / 168, 10);
  expect(awakeHours(undefined, 60)).toBe(730);
});

test.each<[string, { cpu: number; memoryGiB: number }, number, string]>([
  ["m6i.large", { cpu: 0.5, memoryGiB: 2 }, 3, "memory and cores alike"],
  ["m6i.xlarge", { cpu: 1, memoryGiB: 4 }, 3, "the nodes' own share is taken first"],
  ["m6i.2xlarge", { cpu: 0.1, memoryGiB: 6 }, 4, "memory is what ends first"],
  ["t3.medium", { cpu: 3, memoryGiB: 12 }, 1, "a server that does not fit has a node's price at the least"],
])("on an %s fit servers of %j: %s (%s)", (type, server, fit) => expect(serversOnNode(type, server)).toBe(fit));

test.each([
  [0, 3, 2, 0],
  [1, 3, 2, 1],
  [5, 1, 3, 2],
  // 2, 2 and 1 of them: a home stays in its zone, and a node in one zone serves no other.
  [5, 3, 3, 3],
  [12, 3, 2, 6],
])("%i people over %i zones, %i a node, need %i nodes", (users, zones, perNode, nodes) =>
  expect(nodesForTeam(users, zones, perNode)).toBe(nodes),
);

test("people's servers and homes are what the environment's Hub says", () => {
  const components = [
    {
      tool: "jupyterhub",
      homeGiB: 25,
      profiles: [
        { name: "one", cpu: 1.5, memoryGiB: 6 },
        { name: "two", cpu: 1, memoryGiB: 1 },
      ],
      placeholders: 4,
    },
    ...["mlflow", "prefect", "dask-gateway", "seldon"].map((tool) => ({ tool })),
  ];
  expect(peopleOf(devWith({ ...cheap, components }).components, "small")).toEqual({
    server: { cpu: 1.5, memoryGiB: 6 },
    placeholders: 4,
    homeGiB: 25,
  });
  expect(peopleOf([], "regular")).toBeUndefined();
});

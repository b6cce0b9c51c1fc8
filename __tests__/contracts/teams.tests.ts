import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironments } from "../../constructs/contracts/load";
import { InvalidInputError } from "../../constructs/contracts/problems";
import { changed, inputs } from "../support/environments";

const withTeams = (teams: unknown, from: unknown = inputs.dev()) => changed(from, "teams", teams);

function problems(input: unknown): readonly string[] {
  try {
    loadEnvironments([input], catalogue);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
}

test("teams with limits are read, and what they do not say is no limit", () => {
  const [environment] = loadEnvironments(
    [
      withTeams([
        { name: "red", groups: ["red"], priority: "high", limits: { cpu: 16 } },
        { name: "blue", groups: ["b"] },
      ]),
    ],
    catalogue,
  );
  expect(environment && "teams" in environment && environment.teams).toEqual([
    { name: "red", groups: ["red"], priority: "high", limits: { cpu: 16 } },
    { name: "blue", groups: ["b"], priority: "normal", limits: {} },
  ]);
});

test.each<[string, unknown, string]>([
  ["a name of capitals", [{ name: "Red", groups: ["a"] }], 'dev.teams.0.name is "Red"; use 2 to 30 lower-case letters'],
  ["no group", [{ name: "red", groups: [] }], "dev.teams.0.groups is []; use 1 or more"],
  ["an unknown priority", [{ name: "red", groups: ["a"], priority: "top" }], 'use "high" or "normal" or "low"'],
  ["half a processor", [{ name: "red", groups: ["a"], limits: { cpu: 0.5 } }], "dev.teams.0.limits.cpu is 0.5"],
  ["no server at all", [{ name: "red", groups: ["a"], limits: { servers: 0 } }], "limits.servers is 0; use 1 or more"],
  ["an unknown limit", [{ name: "red", groups: ["a"], limits: { disk: 1 } }], 'unknown key "disk"'],
  [
    "a name twice",
    [
      { name: "red", groups: ["a"] },
      { name: "red", groups: ["b"] },
    ],
    'two teams are named "red"; rename one',
  ],
  [
    "a group of two teams",
    [
      { name: "red", groups: ["a", "a", "b"] },
      { name: "blue", groups: ["b"] },
    ],
    'the group "b" is of two teams',
  ],
])("%s is reported once, with the value and the remedy", (_, teams, says) => {
  expect(problems(withTeams(teams))).toEqual([expect.stringContaining(says)]);
});

test("nobody can be told to be of a team where nobody knows people", () => {
  const found = problems(withTeams([{ name: "red", groups: ["a"] }], inputs.existing()));
  expect(found).toEqual([expect.stringContaining('existing.identity.mode is "none", which knows none')]);
});

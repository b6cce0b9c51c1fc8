import { z } from "zod";
import { field } from "./field";

/** What all pods of a team may ask for together, in each namespace in which its people start some. */
const limits = z.strictObject({
  /** Cores, guaranteed. Default: no limit. */
  cpu: z.int().min(1).max(100_000).optional(),
  /** GiB of memory, guaranteed. Default: no limit. */
  memoryGiB: z.int().min(1).max(1_000_000).optional(),
  /** Whole GPUs. 0 keeps the team from GPUs. Default: no limit. */
  gpus: z.int().min(0).max(10_000).optional(),
  /** Servers of the Hub at one time. Default: no limit. */
  servers: z.int().min(1).max(100_000).optional(),
});

const team = z.strictObject({
  /** Part of the names of Kubernetes objects, and the label `open-mlops/team` of the team's pods. */
  name: z.string().regex(/^(?=.{2,30}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
    error: "use 2 to 30 lower-case letters and digits, with single dashes between them",
  }),
  /** Groups of whoever knows people, whose members are the team. Who is in several teams counts as of the first. */
  groups: z.array(z.string().min(1)).min(1).max(50),
  /** Whose Dask workers give way where there is no room: those of a lower one. Nobody's server or run ever does. */
  priority: z.enum(["high", "normal", "low"]).default("normal"),
  limits: limits.default({}),
});

/** The teams that share a platform, in the order in which a person is looked for in them. */
export const teamsSchema = z.array(team).max(100);
export type Team = z.output<typeof team>;

/** Teams that contradict each other or the rest of an environment. Reads the input as it came. */
export function teamContradictions(input: unknown, label: string): string[] {
  const teams = field(input, "teams");
  if (!Array.isArray(teams) || teams.length === 0) return [];
  const given: readonly unknown[] = teams;
  const groups = given.flatMap((each) => {
    const of = field(each, "groups");
    return Array.isArray(of) ? [...new Set<unknown>(of)] : [];
  });
  const mode = field(input, "identity", "mode") ?? "none";
  return [
    ...twice(given.map((each) => field(each, "name"))).map(
      (name) => `${label}.teams: two teams are named "${name}"; rename one`,
    ),
    ...twice(groups).map(
      (group) =>
        `${label}.teams: the group "${group}" is of two teams; leave it in the one whose limits its people have`,
    ),
    ...(mode === "none"
      ? [
          `${label}.teams are told by people's groups, and ${label}.identity.mode is "none", which knows none; use "builtin" or "external", or leave teams out`,
        ]
      : []),
  ];
}

function twice(all: readonly unknown[]): unknown[] {
  return [...new Set(all.filter((each, index) => each !== undefined && all.indexOf(each) !== index))];
}

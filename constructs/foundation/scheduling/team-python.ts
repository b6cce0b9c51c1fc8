import type { Team } from "../../contracts/teams";
import { teamPriorities } from "./priorities";

/** The label by which a team's pods are told. */
export const teamLabel = "open-mlops/team";

/**
 * Python that finds a person's team, for tools that are configured in it: `team_of(groups)` is a dictionary with `name`,
 * `people` and `workers` (its priority classes), or None for who is in no team.
 */
export function teamOf(teams: readonly Team[]): string {
  const known = teams.map((team) => ({ name: team.name, groups: team.groups, ...teamPriorities(team) }));
  // A list of texts and lists of texts in JSON is one in Python.
  return `TEAMS = ${JSON.stringify(known)}


def team_of(groups):
    groups = set(groups)
    # The first in the environment's order, for who is in several.
    return next((team for team in TEAMS if groups.intersection(team["groups"])), None)
`;
}

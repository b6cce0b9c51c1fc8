import type { Team } from "../../contracts/teams";
import { teamLabel, teamOf } from "../../foundation/scheduling/team-python";

/**
 * Python of the Hub: a person's server counts as their team's. The groups are those that the person signed in with last;
 * people choose neither class nor label. Nothing where there are no teams.
 */
export function teamsConfig(teams: readonly Team[]): Readonly<Record<string, string>> {
  if (teams.length === 0) return {};
  return {
    teams: `${teamOf(teams)}

def in_team(spawner, pod):
    team = team_of(group.name for group in spawner.user.groups)
    if team:
        pod.spec.priority_class_name = team["people"]
        pod.metadata.labels["${teamLabel}"] = team["name"]
    return pod


c.KubeSpawner.modify_pod_hook = in_team
`,
  };
}

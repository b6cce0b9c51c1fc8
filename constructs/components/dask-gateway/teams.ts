import type { Team } from "../../contracts/teams";
import { teamLabel, teamOf } from "../../foundation/scheduling/team-python";

/**
 * Python of the gateway: a person's cluster counts as their team's. The Hub says who is in which group, with each token
 * that it verifies. A flow run signs in as a service and is in no group, so its clusters are of no team. Nothing where
 * there are no teams.
 */
export function teamsConfig(teams: readonly Team[]): Readonly<Record<string, string>> {
  if (teams.length === 0) return {};
  return {
    teams: `from dask_gateway_server.options import Options

${teamOf(teams)}

def in_team(options, user):
    team = team_of(user.groups)
    if not team:
        return {}
    config = c.KubeClusterConfig
    changes = {}
    for kind, priority in (("scheduler", team["people"]), ("worker", team["workers"])):
        # What is given here replaces the whole, so it begins with what every cluster has.
        pod = dict(config.get(f"{kind}_extra_pod_config", {}))
        labels = dict(config.get(f"{kind}_extra_pod_labels", {}))
        changes[f"{kind}_extra_pod_config"] = {**pod, "priorityClassName": priority}
        changes[f"{kind}_extra_pod_labels"] = {**labels, "${teamLabel}": team["name"]}
    return changes


c.Backend.cluster_options = Options(handler=in_team)
`,
  };
}

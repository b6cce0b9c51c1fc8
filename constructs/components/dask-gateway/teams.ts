import type { Team } from "../../contracts/teams";
import { teamLabel, teamOf } from "../../foundation/scheduling/team-python";

/** As the Hub's own pods say whose they are, so that spend is added up by person over both. */
export const ownerLabel = "hub.jupyter.org/username";

/**
 * Python of the gateway: a cluster's pods say whose it is, and count as their team's. The Hub says who is in which group,
 * with each token that it verifies. A flow run signs in as a service and is in no group, so its clusters are the
 * service's and of no team.
 */
export function teamsConfig(teams: readonly Team[]): Readonly<Record<string, string>> {
  return {
    teams: `import re

from dask_gateway_server.options import Options

${teamOf(teams)}

def of_person(options, user):
    config = c.KubeClusterConfig
    team = team_of(user.groups)
    # What a label's value may be; a name is mostly one.
    owner = {"${ownerLabel}": re.sub(r"[^A-Za-z0-9_.-]", "-", user.name)[:63].strip("-_.")}
    changes = {}
    for kind, priority in (("scheduler", "people"), ("worker", "workers")):
        # What is given here replaces the whole, so it begins with what every cluster has.
        pod = dict(config.get(f"{kind}_extra_pod_config", {}))
        labels = dict(config.get(f"{kind}_extra_pod_labels", {}))
        if team:
            changes[f"{kind}_extra_pod_config"] = {**pod, "priorityClassName": team[priority]}
            labels["${teamLabel}"] = team["name"]
        changes[f"{kind}_extra_pod_labels"] = {**labels, **owner}
    return changes


c.Backend.cluster_options = Options(handler=of_person)
`,
  };
}

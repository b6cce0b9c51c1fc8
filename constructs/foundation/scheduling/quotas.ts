import type { Part } from "../../contracts/foundation";
import type { Team } from "../../contracts/teams";
import { teamPriorities } from "./priorities";

/** Kubernetes' `ResourceQuota`, for the pods of some priority classes. */
export interface ResourceQuota {
  readonly apiVersion: "v1";
  readonly kind: "ResourceQuota";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly hard: Readonly<Record<string, string>>;
    readonly scopeSelector: {
      readonly matchExpressions: readonly [
        { readonly scopeName: "PriorityClass"; readonly operator: "In"; readonly values: readonly string[] },
      ];
    };
  };
}

/**
 * Each team's limits, in each namespace where its people start pods. All teams share those namespaces, so a quota counts
 * pods by the team's priority classes. Kubernetes adds up no two namespaces: servers have the limits, and Dask clusters
 * have them again.
 */
export function quotas(teams: readonly Team[], parts: readonly Part[]): ResourceQuota[] {
  const places = parts.filter(({ startsForPeople }) => startsForPeople?.byTeam);
  return teams.flatMap((team) =>
    places.flatMap(({ name, role }) => {
      const hard = hardLimits(team, role === "notebooks");
      return Object.keys(hard).length > 0 ? [quota(team, name, hard)] : [];
    }),
  );
}

function hardLimits({ limits }: Team, counted: boolean): Record<string, string> {
  const { cpu, memoryGiB, gpus, servers } = limits;
  return {
    ...(cpu === undefined ? {} : { "requests.cpu": `${cpu}` }),
    ...(memoryGiB === undefined ? {} : { "requests.memory": `${memoryGiB}Gi` }),
    ...(gpus === undefined ? {} : { "requests.nvidia.com/gpu": `${gpus}` }),
    ...(servers === undefined || !counted ? {} : { pods: `${servers}` }),
  };
}

function quota(team: Team, namespace: string, hard: ResourceQuota["spec"]["hard"]): ResourceQuota {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: `team-${team.name}`, namespace },
    spec: {
      hard,
      scopeSelector: {
        matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: Object.values(teamPriorities(team)) }],
      },
    },
  };
}

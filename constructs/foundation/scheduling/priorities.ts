import type { Team } from "../../contracts/teams";

/**
 * The priority classes of a platform: whose pod gets room first, and for whose sake another one is ended. Pods of equal
 * priority never end each other.
 */
export const priorities = {
  /** The tools: without them nobody works. */
  tools: "open-mlops-tools",
  /** Deployed models: somebody outside waits for their answers. */
  models: "open-mlops-models",
  /** People's servers, Dask schedulers and flow runs: hours of work are lost with one, so none ends another. */
  people: "open-mlops-people",
  /** Dask workers: what one computed is computed again. */
  workers: "open-mlops-workers",
  /** What keeps room for the next server, and gives it up to anybody. */
  placeholders: "open-mlops-placeholders",
} as const;

/** Kubernetes' `scheduling.k8s.io/v1`. */
export interface PriorityClass {
  readonly apiVersion: "scheduling.k8s.io/v1";
  readonly kind: "PriorityClass";
  readonly metadata: { readonly name: string };
  readonly value: number;
  readonly globalDefault: false;
  readonly description: string;
}

/**
 * Pods that name no class have 0: what a cluster runs beside the platform, and tools whose charts have no value for it.
 * People's pods are below that, so they never end one of those. The cluster autoscaler adds a node for -10 and more.
 */
const values = { tools: 1000, models: 100, people: -1, workers: -5, placeholders: -10 } as const;
const ofWorkers = { high: -3, normal: values.workers, low: -7 } as const;

/** The classes of a team's pods. Of people all have one value; the class is by what a quota counts. */
export function teamPriorities({ name }: Pick<Team, "name">) {
  return { people: `${priorities.people}-${name}`, workers: `${priorities.workers}-${name}` };
}

export function priorityClasses(teams: readonly Team[]): PriorityClass[] {
  return [
    priorityClass(priorities.tools, values.tools, "The tools of Open MLOps"),
    priorityClass(priorities.models, values.models, "Models that are deployed"),
    priorityClass(priorities.people, values.people, "People's servers, Dask schedulers and flow runs"),
    priorityClass(priorities.workers, values.workers, "Dask workers"),
    priorityClass(priorities.placeholders, values.placeholders, "Room that is kept for the next server"),
    ...teams.flatMap((team) => {
      const { people, workers } = teamPriorities(team);
      return [
        priorityClass(people, values.people, `Servers and Dask schedulers of the team ${team.name}`),
        priorityClass(workers, ofWorkers[team.priority], `Dask workers of the team ${team.name}`),
      ];
    }),
  ];
}

function priorityClass(name: string, value: number, description: string): PriorityClass {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    globalDefault: false,
    description,
  };
}

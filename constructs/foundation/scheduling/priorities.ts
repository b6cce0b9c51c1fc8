import type { Team } from "../../contracts/teams";

/**
 * The priority classes of a platform: whose pod gets room first, and for whose sake another one is ended. Pods of equal
 * priority never end each other.
 */
export const priorities = {
  /** What the tools stand on: the edge, who people are, secrets, certificates, databases, the store. Without it no tool works. */
  foundation: "open-mlops-foundation",
  /** The tools, and what watches them: without them nobody works. */
  tools: "open-mlops-tools",
  /** Deployed models: somebody outside waits for their answers. One that finds no room waits, and ends nobody's work. */
  models: "open-mlops-models",
  /** The nightly copies: they wait for room, and only tools may end them. */
  copies: "open-mlops-copies",
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
  /** `Never`: it comes before others where there is room, and ends none of them where there is none. */
  readonly preemptionPolicy: "PreemptLowerPriority" | "Never";
  readonly globalDefault: false;
  readonly description: string;
}

/**
 * Pods that name no class have 0: what a cluster runs beside the platform, and tools whose charts have no value for it.
 * People's pods are below that, so they never end one of those. The cluster autoscaler adds a node for -10 and more.
 * Kubernetes changes no class that is there, neither its value nor its policy: whoever changes one here says so in
 * docs/upgrades.md.
 */
const values = {
  foundation: 2000,
  tools: 1000,
  models: 100,
  copies: 10,
  people: -1,
  workers: -5,
  placeholders: -10,
} as const;
const ofWorkers = { high: -3, normal: values.workers, low: -7 } as const;

/** The classes of a team's pods. Of people all have one value; the class is by what a quota counts. */
export function teamPriorities({ name }: Pick<Team, "name">) {
  return { people: `${priorities.people}-${name}`, workers: `${priorities.workers}-${name}` };
}

export function priorityClasses(teams: readonly Team[]): PriorityClass[] {
  return [
    priorityClass(priorities.foundation, values.foundation, "What the tools of Open MLOps stand on"),
    priorityClass(priorities.tools, values.tools, "The tools of Open MLOps"),
    // Both wait for a node rather than end somebody's training, which has run for hours.
    priorityClass(priorities.models, values.models, "Models that are deployed", "Never"),
    priorityClass(priorities.copies, values.copies, "Backups", "Never"),
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

function priorityClass(
  name: string,
  value: number,
  description: string,
  preemptionPolicy: PriorityClass["preemptionPolicy"] = "PreemptLowerPriority",
): PriorityClass {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    preemptionPolicy,
    globalDefault: false,
    description,
  };
}

import { DescribeClusterCommand } from "@aws-sdk/client-eks";
import type { SynthesizedStack } from "../synthesize";
import { isNotFound } from "./errors";
import type { AwsPlace } from "./place";
import { readState } from "./state";

/**
 * Whether an environment is there: what belongs to one that is, is no leftover. Where the cluster is gone and a state is
 * not empty, a destroy has stopped half-way, mostly because something that Terraform does not know was in its way: then
 * what no state knows may be removed, so that destroy can go on.
 */
export interface Standing {
  /** Why nothing may be removed; empty where it may. */
  readonly reasons: readonly string[];
  /** What Terraform's states know, which `mlops destroy` removes. */
  readonly known: ReadonlySet<string>;
  /** Resources in the states. */
  readonly count: number;
}

export async function standingOf(
  place: AwsPlace,
  stacks: readonly Pick<SynthesizedStack, "name" | "folder" | "stateBucket">[],
): Promise<Standing> {
  // The bucket of the states outlives the environment.
  const states = await Promise.all(stacks.filter(({ stateBucket }) => !stateBucket).map(readState));
  const cluster = await clusterStatus(place);
  const count = states.reduce((sum, each) => sum + each.count, 0);
  const remedy =
    count > 0
      ? "destroy the environment first"
      : `no state knows it; bring the state back, or delete its node groups and then it: aws eks delete-cluster --region ${place.region} --name ${place.cluster}`;
  return {
    reasons: [
      ...(cluster ? [`the cluster ${place.cluster} is there (${cluster}): ${remedy}`] : []),
      ...states.flatMap(({ stack, lock }) =>
        lock ? [`Terraform works on ${stack}: wait for it, or delete ${lock} where none runs any more`] : [],
      ),
    ],
    known: new Set(states.flatMap(({ known }) => [...known])),
    count,
  };
}

/** `ACTIVE`, or what EKS says of it; undefined where there is no such cluster. */
export async function clusterStatus({ clients, cluster }: AwsPlace): Promise<string | undefined> {
  try {
    const answer = await clients.eks.send(new DescribeClusterCommand({ name: cluster }));
    return answer.cluster?.status ?? "there";
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

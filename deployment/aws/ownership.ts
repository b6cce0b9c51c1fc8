import type { AwsPlace } from "./place";

/** Tags as one looks them up. */
export type Tags = Readonly<Record<string, string>>;

/** Tags as most services of AWS give them. */
export function tagsOf(list: readonly { readonly Key?: string; readonly Value?: string }[] | undefined): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** Tags whose value is the name of the cluster that made a thing. */
const namesCluster = [
  // The load balancer controller.
  "elbv2.k8s.aws/cluster",
  // The network plugin.
  "cluster.k8s.amazonaws.com/name",
  // Karpenter.
  "karpenter.k8s.aws/cluster",
  // EKS, on what its node groups and Karpenter start.
  "eks:cluster-name",
  "eks:eks-cluster-name",
  "aws:eks:cluster-name",
];

/**
 * Why something belongs to the environment, in words; undefined where it does not. `kubernetes.io/cluster/<name>` must be
 * `owned`: `shared` stands on what a cluster only uses, such as somebody's subnets.
 */
export function whyOurs(tags: Tags, { environment, cluster }: AwsPlace): string | undefined {
  if (tags["Project"] === "open-mlops-blueprint" && tags["Environment"] === environment) {
    return "its tags name the project and the environment";
  }
  if (isAnothers(tags, environment)) return undefined;
  const owned = `kubernetes.io/cluster/${cluster}`;
  if (tags[owned] === "owned") return `the cluster made it (tag ${owned})`;
  const naming = namesCluster.find((key) => tags[key] === cluster);
  return naming ? `the cluster made it (tag ${naming})` : undefined;
}

/** As `whyOurs`, for what AWS makes without tags: its name counts, unless its tags name another environment. */
export function whyNamedOurs(name: string, matches: boolean, tags: Tags, place: AwsPlace): string | undefined {
  const why = whyOurs(tags, place);
  if (why) return why;
  return matches && !isAnothers(tags, place.environment) ? `its name is one of the environment's: ${name}` : undefined;
}

function isAnothers(tags: Tags, environment: string): boolean {
  return tags["Environment"] !== undefined && tags["Environment"] !== environment;
}

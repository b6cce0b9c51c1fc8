/** Kubernetes' `policy/v1`: how many pods at once a node that is emptied may take away. */
export interface PodDisruptionBudget {
  readonly apiVersion: "policy/v1";
  readonly kind: "PodDisruptionBudget";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly maxUnavailable: 1;
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  };
}

/**
 * For what runs more than once: an upgrade of nodes takes one pod at a time. What runs once has none: the upgrade could
 * not go on, and the pod would be away for a moment all the same.
 */
export function disruptionBudget(name: string, matchLabels: Readonly<Record<string, string>>): PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name },
    spec: { maxUnavailable: 1, selector: { matchLabels } },
  };
}

import type { Metadata } from "./metadata";

/** Kubernetes' own objects that say who may do what in a namespace. */
const apiVersion = "rbac.authorization.k8s.io/v1";

type InNamespace = Metadata & { readonly namespace: string };

export interface Role {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "Role";
  readonly metadata: InNamespace;
  readonly rules: readonly RightsRule[];
}

export interface RightsRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Left out: all of them, those too that are not made yet. */
  readonly resourceNames?: readonly string[];
}

export interface RoleBinding {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "RoleBinding";
  readonly metadata: InNamespace;
  readonly roleRef: { readonly apiGroup: "rbac.authorization.k8s.io"; readonly kind: "Role"; readonly name: string };
  readonly subjects: readonly ({ readonly kind: "ServiceAccount" } & Account)[];
}

/** A service account, of whatever namespace. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

/** What these accounts may do in the namespace of `metadata`: a role, and who has it, under the same name. */
export function rights(
  metadata: InNamespace,
  rules: readonly RightsRule[],
  accounts: readonly Account[],
): [Role, RoleBinding] {
  return [
    { apiVersion, kind: "Role", metadata, rules },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: accounts.map(({ name, namespace }) => ({ kind: "ServiceAccount", name, namespace })),
    },
  ];
}

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

export interface ClusterRole {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "ClusterRole";
  readonly metadata: Metadata;
  readonly rules: readonly RightsRule[];
}

export interface RightsRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Left out: all of them, those too that are not made yet. */
  readonly resourceNames?: readonly string[];
}

export interface ClusterRoleBinding {
  readonly apiVersion: typeof apiVersion;
  readonly kind: "ClusterRoleBinding";
  readonly metadata: Metadata;
  readonly roleRef: {
    readonly apiGroup: "rbac.authorization.k8s.io";
    readonly kind: "ClusterRole";
    readonly name: string;
  };
  readonly subjects: readonly ({ readonly kind: "ServiceAccount" } & Account)[];
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

/** What these accounts may do in every namespace: for servers that ask for all of them at once, and cannot be told otherwise. */
export function rightsEverywhere(
  metadata: Metadata,
  rules: readonly RightsRule[],
  accounts: readonly Account[],
): [ClusterRole, ClusterRoleBinding] {
  return [
    { apiVersion, kind: "ClusterRole", metadata, rules },
    {
      apiVersion,
      kind: "ClusterRoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: metadata.name },
      subjects: accounts.map(({ name, namespace }) => ({ kind: "ServiceAccount", name, namespace })),
    },
  ];
}

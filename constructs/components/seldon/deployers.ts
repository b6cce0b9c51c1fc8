import type { Consumer } from "../../contracts/component";

interface Role {
  readonly apiVersion: "rbac.authorization.k8s.io/v1";
  readonly kind: "Role";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

interface RoleBinding {
  readonly apiVersion: "rbac.authorization.k8s.io/v1";
  readonly kind: "RoleBinding";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly roleRef: { readonly apiGroup: "rbac.authorization.k8s.io"; readonly kind: "Role"; readonly name: string };
  readonly subjects: readonly { readonly kind: "ServiceAccount"; readonly name: string; readonly namespace: string }[];
}

/**
 * People's code may deploy models here, from wherever it runs, and do nothing else.
 *
 * @param published whether models are opened at the edge, by a route that each deployment brings along
 */
export function deployerRights(
  namespace: string,
  consumers: readonly Consumer[],
  published: boolean,
): [Role, RoleBinding] {
  const metadata = { name: "model-deployer", namespace };
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [
        {
          apiGroups: ["machinelearning.seldon.io"],
          resources: ["seldondeployments"],
          verbs: ["create", "get", "list", "update", "delete"],
        },
        // A route goes with its deployment, which owns it. The hosts it may name, an admission policy says.
        ...(published
          ? [
              {
                apiGroups: ["gateway.networking.k8s.io"],
                resources: ["httproutes"],
                verbs: ["create", "get", "update"],
              },
            ]
          : []),
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
      subjects: consumers.flatMap((consumer) =>
        consumer.serviceAccounts.map((name) => ({ kind: "ServiceAccount", name, namespace: consumer.namespace })),
      ),
    },
  ];
}

import type { Consumer } from "../../contracts/component";
import { settingsName } from "./settings";

interface Role {
  readonly apiVersion: "rbac.authorization.k8s.io/v1";
  readonly kind: "Role";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
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

/** People's code may deploy models here, from wherever it runs, and do nothing else. */
export function deployerRights(namespace: string, consumers: readonly Consumer[]): [Role, RoleBinding] {
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
        // Who answers for a deployment. The hosts that a route may name, an admission policy says.
        {
          apiGroups: ["gateway.networking.k8s.io"],
          resources: ["httproutes"],
          verbs: ["create", "get", "list", "update", "delete"],
        },
        // One releases at a time, and what it has come to.
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create", "get", "update", "delete"] },
        // Why a model does not get ready. Not their logs: those may quote what people asked.
        { apiGroups: [""], resources: ["pods", "events"], verbs: ["list"] },
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
        { apiGroups: [""], resources: ["configmaps"], resourceNames: [settingsName], verbs: ["get"] },
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

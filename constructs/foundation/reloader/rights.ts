import { partOf } from "../labels";

/**
 * What it may do in each namespace that it looks at: see secrets change, and start again what reads them. In its own it
 * also writes down what it is.
 */
export function reloaderRights(account: { name: string; namespace: string }, namespaces: readonly string[]): object[] {
  const servers = ["deployments", "statefulsets", "daemonsets"];
  const rules = [
    { apiGroups: [""], resources: ["secrets"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["apps"], resources: servers, verbs: ["get", "list", "update", "patch"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  ];
  const own = [
    ...rules,
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch", "create", "update"] },
  ];
  return [account.namespace, ...namespaces].flatMap((namespace) => {
    const metadata = { name: account.name, namespace, labels: partOf };
    return [
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata,
        rules: namespace === account.namespace ? own : rules,
      },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: account.name },
        subjects: [{ kind: "ServiceAccount", ...account }],
      },
    ];
  });
}

import { type Account, type Role, type RoleBinding, rights } from "../../custom-resources/rights";
import { partOf } from "../labels";

/**
 * What it may do in each namespace that it looks at: see secrets change, and start again what reads them. In its own it
 * also writes down what it is.
 */
export function reloaderRights(account: Account, namespaces: readonly string[]): (Role | RoleBinding)[] {
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
  return [account.namespace, ...namespaces].flatMap((namespace) =>
    rights({ name: account.name, namespace, labels: partOf }, namespace === account.namespace ? own : rules, [account]),
  );
}

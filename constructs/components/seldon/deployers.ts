import type { Consumer } from "../../contracts/component";
import { type Role, type RoleBinding, rights } from "../../custom-resources/rights";
import { settingsName } from "./settings";

/** People's code may deploy models here, from wherever it runs, and do nothing else. */
export function deployerRights(namespace: string, consumers: readonly Consumer[]): [Role, RoleBinding] {
  return rights(
    { name: "model-deployer", namespace },
    [
      {
        apiGroups: ["machinelearning.seldon.io"],
        resources: ["seldondeployments"],
        verbs: ["create", "get", "list", "update", "delete"],
      },
      // Who answers for a deployment: anybody's, for routes have no owners. Which hosts a route may name, and that it hands on
      // nobody's token, an admission policy says.
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
    consumers.flatMap((consumer) => consumer.serviceAccounts.map((name) => ({ name, namespace: consumer.namespace }))),
  );
}

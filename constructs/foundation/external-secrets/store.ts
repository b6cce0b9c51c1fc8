import type { ClusterSecretStore } from "../../custom-resources/external-secrets";
import { type Account, rights } from "../../custom-resources/rights";
import { partOf as labels } from "../labels";
import type { GeneratedSecret } from "../secrets";

/** The store of the platform's secrets, by which their copies are made. */
export const storeName = "open-mlops";

/** As whom every store is opened. Its rights are roles of the namespaces that stores read. */
export function storeAccount(foundation: string): Account {
  return { name: "secret-store", namespace: foundation };
}

/**
 * The platform's store: the secrets of the foundation's namespace. It is opened as an account that may read and write the
 * platform's generated secrets and no other, by objects in the namespaces that hold a copy.
 */
export function secretStore(secrets: readonly GeneratedSecret[], namespace: string, operator: Account): object[] {
  const account = storeAccount(namespace);
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account, labels }, automountServiceAccountToken: false },
    ...rights(
      { name: "opens-secret-store", namespace, labels },
      [{ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"], resourceNames: [account.name] }],
      [operator],
    ),
    ...generatedStore(storeName, account.name, secrets, namespace),
  ];
}

/** A store of generated secrets beside the platform's, for others than its parts to declare. */
export function generatedStore(
  name: string,
  role: string,
  secrets: readonly GeneratedSecret[],
  namespace: string,
): object[] {
  const account = storeAccount(namespace);
  return [
    ...rights(
      { name: role, namespace, labels },
      [
        {
          apiGroups: [""],
          resources: ["secrets"],
          verbs: ["get", "update"],
          resourceNames: secrets.map((secret) => secret.name),
        },
        // What is made has no name yet that a rule could hold.
        { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      ],
      [account],
    ),
    store(name, namespace, namespace, [namespace, ...secrets.flatMap((secret) => secret.namespaces)]),
  ];
}

/**
 * The secrets of one namespace, as the stores' account may read them.
 *
 * @param readers the only namespaces whose objects may name it
 */
export function store(
  name: string,
  remoteNamespace: string,
  foundation: string,
  readers: readonly string[],
): ClusterSecretStore {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name, labels },
    spec: {
      conditions: [{ namespaces: [...new Set(readers)].sort() }],
      provider: {
        kubernetes: {
          remoteNamespace,
          // Every namespace has this one, made by Kubernetes itself.
          server: {
            caProvider: { type: "ConfigMap", name: "kube-root-ca.crt", key: "ca.crt", namespace: foundation },
          },
          auth: { serviceAccount: storeAccount(foundation) },
        },
      },
    },
  };
}

import type { SecretFormat } from "../../contracts/needs";
import type { ClusterSecretStore, ExternalSecret, Password, PushSecret } from "../../custom-resources/external-secrets";
import { type Account, rights } from "../../custom-resources/rights";
import { partOf as labels } from "../labels";
import type { GeneratedSecret } from "../secrets";

/** The store of the platform's secrets, by which their copies are made. */
export const storeName = "open-mlops";

const store = { kind: "ClusterSecretStore", name: storeName } as const;

/**
 * How values of each format are made. 24 letters and 8 digits at random places have 186 bits; `hex32` is the same 32
 * characters, as hexadecimal digits.
 */
const formats = {
  alphanumeric: "raw",
  hex32: "hex",
} as const satisfies Record<SecretFormat, Password["spec"]["encoding"]>;

/** What makes the values of one secret, once: a generator for each format, and what writes its values into the store. */
export function makers(secret: GeneratedSecret, namespace: string): { password: Password; push: PushSecret }[] {
  return (Object.keys(formats) as SecretFormat[]).flatMap((format) => {
    const keys = Object.keys(secret.keys).filter((key) => secret.keys[key] === format);
    if (keys.length === 0) return [];
    const metadata = { name: `${secret.name}-${format}`, namespace, labels };
    const password: Password = {
      apiVersion: "generators.external-secrets.io/v1alpha1",
      kind: "Password",
      metadata,
      spec: { length: 32, digits: 8, symbols: 0, allowRepeat: true, encoding: formats[format], secretKeys: keys },
    };
    return [{ password, push: pushed(secret.name, metadata, password, keys) }];
  });
}

function pushed(secret: string, metadata: PushSecret["metadata"], by: Password, keys: readonly string[]): PushSecret {
  return {
    apiVersion: "external-secrets.io/v1alpha1",
    kind: "PushSecret",
    metadata,
    spec: {
      refreshInterval: "0s",
      updatePolicy: "IfNotExists",
      deletionPolicy: "None",
      secretStoreRefs: [store],
      selector: { generatorRef: { apiVersion: by.apiVersion, kind: by.kind, name: by.metadata.name } },
      data: keys.map((key) => ({ match: { secretKey: key, remoteRef: { remoteKey: secret, property: key } } })),
    },
  };
}

/** A copy of one secret in one namespace, which is made again when it is gone. */
export function copyOf({ name, keys, literals }: GeneratedSecret, namespace: string): ExternalSecret {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace, labels },
    spec: {
      refreshPolicy: "OnChange",
      secretStoreRef: store,
      target: {
        name,
        creationPolicy: "CreateOrMerge",
        deletionPolicy: "Retain",
        template: {
          engineVersion: "v2",
          mergePolicy: "Merge",
          metadata: { labels },
          ...(literals ? { data: literals } : {}),
        },
      },
      // By key: a copy is made when the store has all of them, and not before.
      data: Object.keys(keys).map((key) => ({ secretKey: key, remoteRef: { key: name, property: key } })),
    },
  };
}

/**
 * The store: the secrets of the foundation's namespace. It is opened as an account that may read and write the platform's
 * generated secrets and no other, by objects in the namespaces that hold a copy.
 */
export function secretStore(secrets: readonly GeneratedSecret[], namespace: string, operator: Account) {
  const account = { name: "secret-store", namespace };
  const definition: ClusterSecretStore = {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: storeName, labels },
    spec: {
      conditions: [{ namespaces: [...new Set([namespace, ...secrets.flatMap((secret) => secret.namespaces)])].sort() }],
      provider: {
        kubernetes: {
          remoteNamespace: namespace,
          // Every namespace has this one, made by Kubernetes itself.
          server: { caProvider: { type: "ConfigMap", name: "kube-root-ca.crt", key: "ca.crt", namespace } },
          auth: { serviceAccount: account },
        },
      },
    },
  };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account, labels }, automountServiceAccountToken: false },
    ...rights(
      { ...account, labels },
      [
        {
          apiGroups: [""],
          resources: ["secrets"],
          verbs: ["get", "update"],
          resourceNames: secrets.map(({ name }) => name),
        },
        // What is made has no name yet that a rule could hold.
        { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
      ],
      [account],
    ),
    ...rights(
      { name: "opens-secret-store", namespace, labels },
      [{ apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"], resourceNames: [account.name] }],
      [operator],
    ),
    definition,
  ];
}

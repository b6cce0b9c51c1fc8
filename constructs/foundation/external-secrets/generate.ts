import type { SecretFormat } from "../../contracts/needs";
import type { ExternalSecret, Password, PushSecret } from "../../custom-resources/external-secrets";
import { partOf as labels } from "../labels";
import type { GeneratedSecret } from "../secrets";
import { storeName } from "./store";

/**
 * How values of each format are made. 24 letters and 8 digits at random places have 186 bits; `hex32` is the same 32
 * characters, as hexadecimal digits.
 */
const formats = {
  alphanumeric: "raw",
  hex32: "hex",
} as const satisfies Record<SecretFormat, Password["spec"]["encoding"]>;

/** What makes the values of one secret, once: a generator for each format, and what writes its values into the store. */
export function makers(
  secret: GeneratedSecret,
  namespace: string,
  store = storeName,
): { password: Password; push: PushSecret }[] {
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
    return [{ password, push: pushed(secret.name, metadata, password, keys, store) }];
  });
}

function pushed(
  secret: string,
  metadata: PushSecret["metadata"],
  by: Password,
  keys: readonly string[],
  store: string,
): PushSecret {
  return {
    apiVersion: "external-secrets.io/v1alpha1",
    kind: "PushSecret",
    metadata,
    spec: {
      refreshInterval: "0s",
      updatePolicy: "IfNotExists",
      deletionPolicy: "None",
      secretStoreRefs: [{ kind: "ClusterSecretStore", name: store }],
      selector: { generatorRef: { apiVersion: by.apiVersion, kind: by.kind, name: by.metadata.name } },
      data: keys.map((key) => ({ match: { secretKey: key, remoteRef: { remoteKey: secret, property: key } } })),
    },
  };
}

/** A copy of one secret in one namespace, which is made again when it is gone. */
export function copyOf(
  { name, keys, literals }: GeneratedSecret,
  namespace: string,
  store = storeName,
): ExternalSecret {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { name, namespace, labels },
    spec: {
      refreshPolicy: "OnChange",
      secretStoreRef: { kind: "ClusterSecretStore", name: store },
      target: copied(name, literals),
      // By key: a copy is made when the store has all of them, and not before.
      data: Object.keys(keys).map((key) => ({ secretKey: key, remoteRef: { key: name, property: key } })),
    },
  };
}

/** A secret that outlives what copies it. */
export function copied(
  name: string,
  data?: Readonly<Record<string, string>>,
  mergePolicy: "Merge" | "Replace" = "Merge",
): ExternalSecret["spec"]["target"] {
  return {
    name,
    creationPolicy: "CreateOrMerge",
    deletionPolicy: "Retain",
    template: { engineVersion: "v2", mergePolicy, metadata: { labels }, ...(data ? { data } : {}) },
  };
}

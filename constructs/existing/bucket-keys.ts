import { createHash } from "node:crypto";
import type { ExternalSecret } from "../custom-resources/external-secrets";
import { copied } from "../foundation/external-secrets/generate";
import { generatedStore } from "../foundation/external-secrets/store";
import { partOf as labels } from "../foundation/labels";
import { type GeneratedSecret, generatedValues } from "../foundation/secrets";
import { keyVariables } from "./object-store";

/** Who opens which buckets of the store. */
export interface StoreIdentity {
  /** `component/account`. */
  readonly name: string;
  /** Where its pods run. */
  readonly namespace: string;
  /** The secret with its keys: in the foundation's namespace, and a copy beside its pods. */
  readonly secret: string;
  /** The only ones that it may open. */
  readonly buckets: readonly string[];
}

const storeName = "bucket-keys";

/**
 * The secret with the store's list of who opens what. SeaweedFS reads it when it starts, so another list has another name: its
 * pod waits for that, and does not start with the one from before.
 */
export function listName(identities: readonly StoreIdentity[]): string {
  return `object-store-${createHash("sha256").update(JSON.stringify(identities)).digest("hex").slice(0, 12)}`;
}

/**
 * Values of `charts/secrets` by which External Secrets makes a pair of keys for each identity, once, copies it to where its
 * pods run, and writes SeaweedFS' list of all identities.
 *
 * @throws Error where two identities would share a secret
 */
export function bucketKeys(identities: readonly StoreIdentity[], namespace: string) {
  const names = identities.map(({ secret }) => secret);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`two service accounts would share ${twice.join(", ")}; name accounts apart`);
  const secrets = identities.map(
    ({ secret, namespace: pods }): GeneratedSecret => ({
      name: secret,
      namespaces: [pods],
      keys: Object.fromEntries(keyVariables.map((key) => [key, "alphanumeric" as const])),
    }),
  );
  const objects = [
    ...generatedStore(storeName, storeName, secrets, namespace),
    listOf(identities, { namespace, name: listName(identities) }),
  ];
  return generatedValues(secrets, namespace, storeName, objects);
}

/** The store's own list, made of the keys when all of them are there. */
function listOf(identities: readonly StoreIdentity[], metadata: { namespace: string; name: string }): ExternalSecret {
  const [access, secret] = keyVariables;
  const text = JSON.stringify({
    identities: identities.map(({ name, buckets }, index) => ({
      name,
      credentials: [{ accessKey: `{{ .access${index} }}`, secretKey: `{{ .secret${index} }}` }],
      actions: buckets.flatMap((bucket) => ["Read", "Write", "List", "Tagging"].map((action) => `${action}:${bucket}`)),
    })),
  });
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { ...metadata, labels },
    spec: {
      refreshPolicy: "OnChange",
      secretStoreRef: { kind: "ClusterSecretStore", name: storeName },
      target: copied(metadata.name, { seaweedfs_s3_config: text }, "Replace"),
      data: identities.flatMap(({ secret: key }, index) => [
        { secretKey: `access${index}`, remoteRef: { key, property: access } },
        { secretKey: `secret${index}`, remoteRef: { key, property: secret } },
      ]),
    },
  };
}

import type { Metadata } from "./metadata";

type Namespaced = Metadata & { readonly namespace: string };

/** Makes random values, one for each of its keys, each time it is asked. */
export interface Password {
  readonly apiVersion: "generators.external-secrets.io/v1alpha1";
  readonly kind: "Password";
  readonly metadata: Namespaced;
  readonly spec: {
    /** Characters, before they are encoded. */
    readonly length: number;
    readonly digits: number;
    readonly symbols: number;
    readonly allowRepeat: boolean;
    readonly encoding: "raw" | "hex";
    readonly secretKeys: readonly string[];
  };
}

/** Writes values into a store: those that a generator makes, or those of a secret in its own namespace. */
export interface PushSecret {
  readonly apiVersion: "external-secrets.io/v1alpha1";
  readonly kind: "PushSecret";
  readonly metadata: Namespaced;
  readonly spec: {
    /** `0s`: once, and again only when it is changed. */
    readonly refreshInterval: "0s";
    readonly updatePolicy: "IfNotExists" | "Replace";
    /** `None`: what was written stays when this object goes. */
    readonly deletionPolicy: "None";
    readonly secretStoreRefs: readonly StoreReference[];
    readonly selector:
      | {
          readonly generatorRef: {
            readonly apiVersion: Password["apiVersion"];
            readonly kind: Password["kind"];
            readonly name: string;
          };
        }
      | { readonly secret: { readonly name: string } };
    readonly data: readonly {
      readonly match: {
        readonly secretKey: string;
        readonly remoteRef: { readonly remoteKey: string; readonly property: string };
      };
    }[];
  };
}

/** Keeps a secret of its namespace equal to what a store holds. */
export interface ExternalSecret {
  readonly apiVersion: "external-secrets.io/v1";
  readonly kind: "ExternalSecret";
  readonly metadata: Namespaced;
  readonly spec: {
    /**
     * `OnChange`: when this object changes, or its secret is gone or was altered; never by the clock. `Periodic`: also after
     * each interval.
     */
    readonly refreshPolicy: "OnChange" | "Periodic";
    /** Of `Periodic`. Default an hour. */
    readonly refreshInterval?: string;
    readonly secretStoreRef: StoreReference;
    readonly target: {
      readonly name: string;
      /** `CreateOrMerge`: the secret has no owner, so it stays when this object goes. */
      readonly creationPolicy: "CreateOrMerge";
      readonly deletionPolicy: "Retain";
      readonly template: {
        readonly engineVersion: "v2";
        /** `Replace`: what the store holds is in the secret only where `data` says so. */
        readonly mergePolicy: "Merge" | "Replace";
        readonly metadata: { readonly labels: Readonly<Record<string, string>> };
        /** Templates: of values that are no secret, or with those of the store in them. */
        readonly data?: Readonly<Record<string, string>>;
      };
    };
    readonly data: readonly {
      readonly secretKey: string;
      readonly remoteRef: { readonly key: string; readonly property: string };
    }[];
  };
}

interface StoreReference {
  readonly kind: ClusterSecretStore["kind"];
  readonly name: string;
}

/** Where values are kept: here the secrets of one namespace, opened as a service account of it. */
export interface ClusterSecretStore {
  readonly apiVersion: "external-secrets.io/v1";
  readonly kind: "ClusterSecretStore";
  readonly metadata: Metadata;
  readonly spec: {
    /** The only namespaces in which it can be named. */
    readonly conditions: readonly { readonly namespaces: readonly string[] }[];
    readonly provider: {
      readonly kubernetes: {
        readonly remoteNamespace: string;
        readonly server: {
          readonly caProvider: {
            readonly type: "ConfigMap";
            readonly name: string;
            readonly key: string;
            readonly namespace: string;
          };
        };
        readonly auth: { readonly serviceAccount: { readonly name: string; readonly namespace: string } };
      };
    };
  };
}

import type { Construct } from "constructs";
import type { Bucket, BucketAccess, FoundationContext } from "../contracts/cluster-profile";
import type { Part } from "../contracts/foundation";
import type { Place, Traffic } from "../contracts/traffic";

/** Where buckets are, and how pods open theirs: a store that is there, or one that the platform brings along. */
export interface ObjectStore {
  bucket(name: string, component?: string): Bucket;
  access(component: string, serviceAccount: string): BucketAccess;
  /** What the service account carries to be an identity of the store's. */
  annotations(component: string, serviceAccount: string): Readonly<Record<string, string>>;
  readonly place: Place;
  /** The store's own pods, where it is in the platform. */
  readonly pods?: Traffic<never>;
  /** Whether service accounts get their identity from EKS' agent on the node. */
  readonly podIdentityAgent?: true;
  /** Puts into the cluster what the store needs there. */
  install(scope: Construct, foundation: FoundationContext): void;
}

/** The secret with a service account's keys, in the namespace of its pods. */
export function keysSecret(serviceAccount: string): string {
  return `${serviceAccount}-bucket-keys`;
}

/** The keys of that secret, which are also the variables that every S3 client reads. */
export const keyVariables = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] as const;

/** The variables that hold a service account's keys. */
export function keysEnv(serviceAccount: string): BucketAccess["secretEnv"] {
  return Object.fromEntries(keyVariables.map((key) => [key, { name: keysSecret(serviceAccount), key }]));
}

/** Service accounts that open buckets, each with its component and the namespace of its pods. */
export function accountsWithBuckets(parts: readonly Pick<Part, "name" | "needs">[]) {
  return parts.flatMap(({ name: component, needs }) =>
    (needs.serviceAccounts ?? [])
      .filter((account) => account.buckets.length > 0)
      .map(({ name, namespace = component, buckets }) => ({ component, name, namespace, buckets })),
  );
}

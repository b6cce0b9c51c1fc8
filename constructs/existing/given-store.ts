import type { Construct } from "constructs";
import type { Bucket, BucketAccess, FoundationContext } from "../contracts/cluster-profile";
import type { ExistingEnvironment } from "../contracts/environment";
import { accountKey, bucketKey } from "../contracts/existing-needs";
import type { Place } from "../contracts/traffic";
import { CopiedSecrets } from "../foundation/copied-secrets";
import { accountsWithBuckets, keysEnv, keysSecret, keyVariables, type ObjectStore } from "./object-store";
import { placeOf } from "./place";

type Given = Extract<ExistingEnvironment["objectStore"], { mode: "s3" }>;

/** Buckets that are there, in a store that speaks S3. */
export class GivenStore implements ObjectStore {
  readonly place: Place;
  readonly podIdentityAgent?: true;

  constructor(private readonly given: Given) {
    const { endpoint, identities } = given;
    const url = endpoint ? new URL(endpoint) : undefined;
    // An identity of AWS is asked for at AWS.
    const ports = [...(url ? [portOf(url)] : [443]), ...(url && identities.mode !== "secrets" ? [443] : [])];
    this.place = url ? placeOf(url.hostname, [...new Set(ports)]) : { in: "network", ports };
    if (identities.mode === "workload-identity" && Object.keys(identities.annotations).length === 0)
      this.podIdentityAgent = true;
  }

  bucket(name: string, component?: string): Bucket {
    const key = bucketKey(name, component);
    const bucket = this.given.buckets[key];
    if (bucket === undefined) throw new Error(`objectStore.buckets has no "${key}"; add it`);
    return { name: bucket, region: this.given.region, uri: `s3://${bucket}` };
  }

  access(_component: string, serviceAccount: string): BucketAccess {
    const { endpoint, region, identities } = this.given;
    return {
      env: { AWS_REGION: region, ...(endpoint ? { AWS_ENDPOINT_URL_S3: endpoint } : {}) },
      secretEnv: identities.mode === "secrets" ? keysEnv(serviceAccount) : {},
    };
  }

  annotations(component: string, serviceAccount: string): Readonly<Record<string, string>> {
    const { identities } = this.given;
    const key = accountKey(component, serviceAccount);
    if (identities.mode === "workload-identity") return identities.annotations[key] ?? {};
    const role = identities.mode === "irsa" ? identities.roles[key] : undefined;
    return role ? { "eks.amazonaws.com/role-arn": role } : {};
  }

  /** Keys are copied to where pods read them, inside the cluster: a pod reads secrets of its own namespace only. */
  install(scope: Construct, { parts, namespace }: FoundationContext): void {
    const { identities } = this.given;
    if (identities.mode !== "secrets") return;
    const copies = accountsWithBuckets(parts).map(({ component, name, namespace: pods }) => {
      const key = accountKey(component, name);
      const from = identities.secrets[key];
      if (!from) throw new Error(`objectStore.identities.secrets has no "${key}"; add it`);
      return { from, to: { namespace: pods, name: keysSecret(name) }, keys: keyVariables };
    });
    new CopiedSecrets(scope, "bucket-keys", { release: namespace, foundation: namespace }, copies);
  }
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === "https:" ? 443 : 80);
}

import type { Construct } from "constructs";
import type { Bucket, BucketAccess, FoundationContext, Scale } from "../contracts/cluster-profile";
import { foundationNamespace } from "../contracts/names";
import { dataBucket } from "../contracts/needs";
import type { Place, Traffic } from "../contracts/traffic";
import { HelmChart } from "../helm-chart";
import { charts } from "../pins";
import { ownChart } from "../sources";
import { bucketKeys, listName } from "./bucket-keys";
import { accountsWithBuckets, keysEnv, keysSecret, type ObjectStore } from "./object-store";
import { seaweedfsValues, storePort, storeRelease, storeService } from "./seaweedfs-values";

export interface SeaweedfsProps {
  readonly storageGiB: number;
  readonly storageClass: string;
  readonly scale: Scale;
}

const labels = { "app.kubernetes.io/name": storeRelease, "app.kubernetes.io/instance": storeRelease };
const component = "app.kubernetes.io/component";

/**
 * SeaweedFS: an S3 store in the cluster, as one pod with one volume. Each service account has keys of its own, which are
 * made in the cluster and open its component's buckets only.
 */
export class Seaweedfs implements ObjectStore {
  readonly place: Place = { in: "platform" };
  /** Whoever reaches the store's inner ports reads everything: only the S3 port, which asks for keys, is answered. */
  readonly pods: Traffic<never> = {
    store: { labels: { ...labels, [component]: storeService }, answers: { buckets: [storePort] } },
    // Makes the buckets after the install.
    "bucket-hook": { labels: { ...labels, [component]: "bucket-hook" }, calls: { store: "all" } },
  };

  constructor(private readonly props: SeaweedfsProps) {}

  bucket(name: string, component?: string): Bucket {
    const bucket = component ? `${component}-${name}` : name;
    return { name: bucket, region: "us-east-1", uri: `s3://${bucket}` };
  }

  access(_component: string, serviceAccount: string): BucketAccess {
    const url = `http://${storeService}.${foundationNamespace}:${storePort}`;
    return {
      env: { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_S3: url },
      secretEnv: keysEnv(serviceAccount),
    };
  }

  annotations(): Readonly<Record<string, string>> {
    return {};
  }

  install(scope: Construct, { parts, namespace, chart, image }: FoundationContext): void {
    const bucketOf = (component: string, name: string) =>
      this.bucket(name, name === dataBucket ? undefined : component).name;
    const identities = accountsWithBuckets(parts).map(({ component, name, namespace: pods, buckets }) => ({
      name: `${component}/${name}`,
      namespace: pods,
      secret: keysSecret(name),
      buckets: buckets.map((bucket) => bucketOf(component, bucket)),
    }));
    const keys = new HelmChart(scope, "bucket-keys", {
      chart: ownChart("secrets"),
      name: "object-store-keys",
      namespace,
      values: bucketKeys(identities, namespace),
    });
    const buckets = [
      this.bucket(dataBucket).name,
      ...parts.flatMap(({ name, needs }) => (needs.buckets ?? []).map((bucket) => bucketOf(name, bucket))),
    ];
    new HelmChart(scope, "object-store", {
      chart: chart(charts.seaweedfs),
      name: storeRelease,
      namespace,
      values: seaweedfsValues({
        ...this.props,
        image,
        buckets,
        identitiesSecret: listName(identities),
      }),
      after: [keys],
    });
  }
}

import { Construct } from "constructs";
import type { ExternalSecret } from "../custom-resources/external-secrets";
import { rights } from "../custom-resources/rights";
import { HelmChart } from "../helm-chart";
import { ownChart } from "../sources";
import { copied } from "./external-secrets/generate";
import { store, storeAccount } from "./external-secrets/store";
import { partOf as labels } from "./labels";

interface At {
  readonly namespace: string;
  readonly name: string;
}

/** A secret that somebody else keeps, and the copy of it that pods of another namespace read. */
export interface CopiedSecret {
  readonly from: At;
  readonly to: At;
  readonly keys: readonly string[];
}

/** How long a copy may be behind what somebody has changed. */
const refreshInterval = "1m";

/**
 * Secrets that somebody else keeps, copied inside the cluster to the namespaces that read them and kept equal to what they
 * are there: External Secrets looks each minute. The chart looks whether they are there, at names alone, so that a missing
 * one is told when the platform is installed. No value is in a plan, a state or a release.
 */
export class CopiedSecrets extends Construct {
  /** What has to wait for the copies waits for it. */
  readonly chart: HelmChart<object>;

  /**
   * @param release its name, which its objects in other namespaces begin with
   * @param namespaces of the release, and the foundation's
   */
  constructor(
    scope: Construct,
    release: string,
    namespaces: { readonly release: string; readonly foundation: string },
    copies: readonly CopiedSecret[],
  ) {
    super(scope, release);
    this.chart = new HelmChart(this, "chart", {
      chart: ownChart("copied-secrets"),
      name: release,
      namespace: namespaces.release,
      values: {
        copies: copies.map(({ from, keys }) => ({ from, keys })),
        manifests: copiedObjects(release, namespaces.foundation, copies),
      },
    });
  }
}

/** A store for each namespace that something is copied from, whose account may get these secrets there and no other. */
function copiedObjects(release: string, foundation: string, copies: readonly CopiedSecret[]): object[] {
  return [...new Set(copies.map(({ from }) => from.namespace))].sort().flatMap((source) => {
    const these = copies.filter(({ from }) => from.namespace === source);
    const name = `${release}-from-${source}`;
    return [
      ...rights(
        { name: `open-mlops-${release}`, namespace: source, labels },
        [
          {
            apiGroups: [""],
            resources: ["secrets"],
            verbs: ["get"],
            resourceNames: [...new Set(these.map(({ from }) => from.name))].sort(),
          },
        ],
        [storeAccount(foundation)],
      ),
      store(
        name,
        source,
        foundation,
        these.map(({ to }) => to.namespace),
      ),
      ...these.map((copy) => copyFrom(name, copy)),
    ];
  });
}

function copyFrom(store: string, { from, to, keys }: CopiedSecret): ExternalSecret {
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: { ...to, labels },
    spec: {
      refreshPolicy: "Periodic",
      refreshInterval,
      secretStoreRef: { kind: "ClusterSecretStore", name: store },
      target: copied(to.name),
      data: keys.map((key) => ({ secretKey: key, remoteRef: { key: from.name, property: key } })),
    },
  };
}

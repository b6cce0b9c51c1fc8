import type { Kubectl, KubernetesObject } from "./kubectl";

/** Something of ours that is still in the cluster. */
export interface Leftover {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** How one knows that it is ours. */
  readonly because: string;
  readonly remedy: string;
}

/** What belongs to the cluster and not to a namespace, and may be left by a platform. */
const clusterWide = [
  "customresourcedefinitions",
  "clusterroles",
  "clusterrolebindings",
  "validatingwebhookconfigurations",
  "mutatingwebhookconfigurations",
  "persistentvolumes",
  "storageclasses",
  "priorityclasses",
  "apiservices",
];

interface Volume extends KubernetesObject {
  readonly spec?: { readonly claimRef?: { readonly namespace?: string; readonly name?: string } };
}

/**
 * Everything of a platform that is still in the cluster: its namespaces, and what stands outside of them with Helm's
 * note of a release in one, our label, or a volume's claim there.
 *
 * @param definitions custom resource definitions that came with a chart's `crds/`, which carry no note; see `crds.ts`
 */
export async function findLeftovers(
  kubectl: Kubectl,
  namespaces: readonly string[],
  definitions: readonly string[] = [],
): Promise<Leftover[]> {
  const found = await Promise.all([
    // In the order in which one removes them: Helm's hooks and controllers want their namespace.
    leftReleases(kubectl, namespaces),
    leftNamespaces(kubectl, namespaces),
    ...clusterWide.map(async (kind) =>
      (await kubectl.list<Volume>(kind)).flatMap((object) => leftObject(kind, object, namespaces, definitions)),
    ),
  ]);
  return found.flat();
}

async function leftNamespaces(kubectl: Kubectl, namespaces: readonly string[]): Promise<Leftover[]> {
  const all = await kubectl.list("namespaces");
  return all
    .filter(({ metadata }) => namespaces.includes(metadata.name))
    .map(({ metadata }) => ({
      kind: "namespace",
      name: metadata.name,
      because: metadata.deletionTimestamp
        ? "it is being deleted, and something in it has a finalizer"
        : "the platform made it",
      remedy: metadata.deletionTimestamp
        ? `kubectl api-resources --verbs=list --namespaced -o name | xargs -n 1 kubectl get --ignore-not-found --show-kind --namespace ${metadata.name}`
        : `kubectl delete namespace ${metadata.name}`,
    }));
}

/** Helm's notes of releases, which are gone with their namespace unless that is stuck. */
async function leftReleases(kubectl: Kubectl, namespaces: readonly string[]): Promise<Leftover[]> {
  const columns = "custom-columns=N:.metadata.namespace,R:.metadata.labels.name";
  const text = await kubectl.text(
    ...["get", "secrets", "--all-namespaces", "--selector", "owner=helm", "--output", columns, "--no-headers"],
  );
  const seen = new Set(text.split("\n").map((line) => line.trim().split(/\s+/).join("/")));
  return [...seen]
    .map((each) => each.split("/"))
    .filter(([namespace = ""]) => namespaces.includes(namespace))
    .map(([namespace = "", name = ""]) => ({
      kind: "release",
      name,
      namespace,
      because: "Helm has a note of it",
      remedy: `helm uninstall ${name} --namespace ${namespace}`,
    }));
}

function leftObject(
  kind: string,
  object: Volume,
  namespaces: readonly string[],
  definitions: readonly string[],
): Leftover[] {
  const { name, annotations, labels } = object.metadata;
  const because = whyOurs(object, annotations, labels, namespaces, definitions);
  if (!because) return [];
  const singular =
    kind === "storageclasses" ? "storageclass" : kind === "priorityclasses" ? "priorityclass" : kind.slice(0, -1);
  return [{ kind: singular, name, because, remedy: `kubectl delete ${singular} ${name}` }];
}

function whyOurs(
  object: Volume,
  annotations: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>> | undefined,
  namespaces: readonly string[],
  definitions: readonly string[],
): string | undefined {
  const release = annotations?.["meta.helm.sh/release-namespace"];
  if (release !== undefined && namespaces.includes(release)) return `a release in ${release} made it`;
  if (labels?.["app.kubernetes.io/part-of"] === "open-mlops") return "it carries the platform's label";
  const claim = object.spec?.claimRef;
  if (claim?.namespace !== undefined && namespaces.includes(claim.namespace))
    return `it holds the data of ${claim.namespace}/${claim.name ?? ""}`;
  if (definitions.includes(object.metadata.name)) return "a chart of the platform brought it";
  return undefined;
}

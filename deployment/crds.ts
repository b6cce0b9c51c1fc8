import { chartDefinitions, type Definition } from "./definitions";
import type { Kubectl } from "./kubectl";

/** Custom resources that a controller of ours must clear away itself, by part: it has to be alive for that. */
const cleared: Readonly<Record<string, readonly string[]>> = {
  seldon: ["seldondeployments.machinelearning.seldon.io"],
  "dask-gateway": ["daskclusters.gateway.dask.org"],
  // With it go the proxies, their load balancer, and what keeps its class from being deleted.
  "envoy-gateway": ["gateways.gateway.networking.k8s.io"],
};

/**
 * The definitions that came with our charts: of a name that they bring, made by Helm, after the part's namespace.
 * Asked before the namespaces are gone.
 */
export async function ourDefinitions(kubectl: Kubectl, parts: readonly string[]): Promise<string[]> {
  const ours: string[] = [];
  for (const part of parts) {
    // Those that others use too are only ours when nobody had them before us.
    const names = Object.keys(chartDefinitions[part]?.definitions ?? {});
    if (names.length === 0) continue;
    const [namespace] = await kubectl.list("namespace", part);
    const since = Date.parse(namespace?.metadata.creationTimestamp ?? "");
    if (Number.isNaN(since)) continue;
    const definitions = await kubectl.list<Definition>("customresourcedefinitions", "--show-managed-fields");
    for (const { metadata } of definitions) {
      const byHelm = metadata.managedFields?.some(({ manager = "" }) => /helm/i.test(manager)) ?? false;
      const after = Date.parse(metadata.creationTimestamp ?? "") >= since;
      if (names.includes(metadata.name) && byHelm && after) ours.push(metadata.name);
    }
  }
  return ours;
}

/** Deletes people's models and clusters, and the edge's gateway, and waits until their controllers have cleared them away. */
export async function clearCustomResources(
  kubectl: Kubectl,
  parts: readonly string[],
  say: (text: string) => void,
): Promise<number> {
  let count = 0;
  for (const part of parts) {
    for (const kind of cleared[part] ?? []) {
      const objects = await kubectl.list(kind, "--namespace", part);
      if (objects.length === 0) continue;
      count += objects.length;
      say(`${objects.length} ${kind.split(".")[0]}`);
      await kubectl.text("delete", kind, "--namespace", part, "--all", "--wait", "--timeout=180s");
    }
  }
  return count;
}

/** Deletes definitions that are ours and that nobody uses; one that is in use stays, and is reported. */
export async function deleteDefinitions(kubectl: Kubectl, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const inUse = await kubectl.list(name, "--all-namespaces");
    if (inUse.length === 0) await kubectl.text("delete", "customresourcedefinition", name, "--ignore-not-found");
  }
}

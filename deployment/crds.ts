import type { Kubectl, KubernetesObject } from "./kubectl";

/**
 * Custom resource definitions in the `crds/` of our charts. Helm installs them, never removes them, and leaves no note on
 * them. Those that others use too are only ours when nobody had them before us.
 */
const fromCharts: Readonly<Record<string, readonly string[]>> = {
  "dask-gateway": [
    "daskclusters.gateway.dask.org",
    "ingressroutes.traefik.io",
    "ingressroutetcps.traefik.io",
    "ingressrouteudps.traefik.io",
    "middlewares.traefik.io",
    "middlewaretcps.traefik.io",
    "serverstransports.traefik.io",
    "serverstransporttcps.traefik.io",
    "tlsoptions.traefik.io",
    "tlsstores.traefik.io",
    "traefikservices.traefik.io",
  ],
};

/** Custom resources that a controller of ours must clear away itself, by component: it has to be alive for that. */
const cleared: Readonly<Record<string, readonly string[]>> = {
  seldon: ["seldondeployments.machinelearning.seldon.io"],
  "dask-gateway": ["daskclusters.gateway.dask.org"],
};

interface Definition extends KubernetesObject {
  readonly metadata: KubernetesObject["metadata"] & {
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
}

/**
 * The definitions that came with our charts: of a name that they bring, made by Helm, after the component's namespace.
 * Asked before the namespaces are gone.
 */
export async function ourDefinitions(kubectl: Kubectl, components: readonly string[]): Promise<string[]> {
  const ours: string[] = [];
  for (const component of components) {
    const names = fromCharts[component];
    if (!names) continue;
    const [namespace] = await kubectl.list("namespace", component);
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

/** Deletes people's models and clusters and waits until their controllers have cleared them away. */
export async function clearCustomResources(
  kubectl: Kubectl,
  components: readonly string[],
  say: (text: string) => void,
): Promise<number> {
  let count = 0;
  for (const component of components) {
    for (const kind of cleared[component] ?? []) {
      const objects = await kubectl.list(kind, "--namespace", component);
      if (objects.length === 0) continue;
      count += objects.length;
      say(`${objects.length} ${kind.split(".")[0]}`);
      await kubectl.text("delete", kind, "--namespace", component, "--all", "--wait", "--timeout=180s");
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

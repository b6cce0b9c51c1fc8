import { HelmProvider } from "@cdktf/provider-helm/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { TerraformElement, TerraformStack, Testing } from "cdktf";
import { catalogue } from "../../constructs/components/catalogue";
import type { ClusterProfile } from "../../constructs/contracts/cluster-profile";
import type { AnyComponent, Tools } from "../../constructs/contracts/component";
import type { ComponentChoice } from "../../constructs/contracts/environment";
import type { FoundationPart } from "../../constructs/contracts/foundation";
import type { Identity } from "../../constructs/contracts/identity";
import type { JsonObject } from "../../constructs/contracts/json";
import type { Mirror } from "../../constructs/contracts/mirror";
import type { Offers } from "../../constructs/contracts/offers";
import { planComponents } from "../../constructs/contracts/plan";
import { Platform } from "../../constructs/platform";
import { testCluster } from "./cluster";

/** The five tools as an environment chooses them. */
export const fiveTools: readonly ComponentChoice[] = [
  { tool: "jupyterhub" },
  { tool: "mlflow" },
  { tool: "prefect" },
  { tool: "dask-gateway" },
  { tool: "seldon" },
];

/** One Helm release of a synthesized platform. */
export interface HelmRelease {
  /** The path of its construct, such as `mlflow/server`. */
  readonly path: string;
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version?: string;
  readonly repository?: string;
  /** What was set, with `extraValues` as the last. */
  readonly values: readonly JsonObject[];
}

export interface SynthesizedPlatform {
  readonly foundation: readonly FoundationPart[];
  readonly components: readonly AnyComponent[];
  readonly cluster: ClusterProfile;
  readonly offers: Offers;
  /** The Terraform JSON, as text. */
  readonly text: string;
  /** `type.id -> attributes`, with Helm values as objects; short ids without the hash. */
  readonly resources: Readonly<Record<string, JsonObject>>;
  readonly releases: readonly HelmRelease[];
  release(name: string): HelmRelease;
}

/** Makes each chosen tool's component with its options, as loading an environment does. */
export function chooseComponents(choices: readonly ComponentChoice[], tools: Tools = catalogue.tools): AnyComponent[] {
  return choices.map(({ tool, ...options }) => {
    const definition = tools[tool];
    if (!definition) throw new Error(`no tool "${tool}"`);
    return definition.create(definition.options.parse(options));
  });
}

/** Synthesizes a platform of these tools in this cluster, in memory. */
export function synthesizePlatform(
  choices: readonly ComponentChoice[] = fiveTools,
  options: {
    cluster?: ClusterProfile;
    tools?: Tools;
    mirror?: Mirror;
    foundation?: readonly FoundationPart[];
    identity?: Identity;
  } = {},
): SynthesizedPlatform {
  const cluster = options.cluster ?? testCluster();
  const capabilities = { place: "aws", database: true, gpusPerNode: cluster.gpu?.perNode ?? 0 } as const;
  const plan = planComponents(chooseComponents(choices, options.tools), capabilities, [], options.foundation);
  if (!plan.ok) throw new Error(plan.problems.join("\n"));
  return synthesizeComponents(plan.components, cluster, options.mirror, options.foundation, options.identity);
}

/** Synthesizes a platform of components that were planned already, as those of a loaded environment are. */
export function synthesizeComponents(
  components: readonly AnyComponent[],
  cluster: ClusterProfile,
  mirror?: Mirror,
  foundation: readonly FoundationPart[] = [],
  identity?: Identity,
): SynthesizedPlatform {
  const stack = new TerraformStack(Testing.app(), "test");
  new HelmProvider(stack, "helm", {});
  new KubernetesProvider(stack, "kubernetes", {});
  const { offers } = new Platform(stack, "platform", { cluster, foundation, components, mirror, identity });
  stack.prepareStack();
  const text = Testing.synth(stack);
  const resources = resourcesOf(JSON.parse(text), constructPaths(stack));
  const releases = releasesOf(resources);
  return {
    foundation,
    components,
    cluster,
    offers,
    text,
    resources,
    releases,
    release(name) {
      const found = releases.find((release) => release.name === name);
      if (!found) throw new Error(`no release "${name}" among ${releases.map((r) => r.name).join(", ")}`);
      return found;
    },
  };
}

type Synthesized = { resource?: Record<string, Record<string, JsonObject>> };

/** Terraform's id of each element, and the construct path that people read. */
function constructPaths(stack: TerraformStack): Map<string, string> {
  return new Map(
    stack.node
      .findAll()
      .filter((node) => node instanceof TerraformElement)
      .map((node) => [node.friendlyUniqueId, node.node.path.replace(/^test\/platform\//, "")]),
  );
}

function resourcesOf(json: Synthesized, paths: ReadonlyMap<string, string>): Record<string, JsonObject> {
  const found: Record<string, JsonObject> = {};
  for (const [type, ofType] of Object.entries(json.resource ?? {})) {
    for (const [id, attributes] of Object.entries(ofType)) {
      const { values, depends_on, chart, ...rest } = attributes;
      const readable = (text: string) => text.replace(/[^.]+$/, (last) => paths.get(last) ?? last);
      found[`${type}.${paths.get(id) ?? id}`] = {
        ...rest,
        // One of our own charts: the folder it is copied to has its name, and hashes that say nothing.
        ...(typeof chart === "string" ? { chart: chart.replace(/^.*_([\w-]+)_[0-9A-F]{8}\/.*$/, "charts/$1") } : {}),
        ...(Array.isArray(depends_on) ? { depends_on: (depends_on as string[]).map(readable) } : {}),
        ...(Array.isArray(values) ? { values: (values as string[]).map((text) => JSON.parse(text)) } : {}),
      };
    }
  }
  return found;
}

function releasesOf(resources: Readonly<Record<string, JsonObject>>): HelmRelease[] {
  return Object.entries(resources)
    .filter(([id]) => id.startsWith("helm_release."))
    .map(([id, attributes]) => ({
      ...(attributes as unknown as Omit<HelmRelease, "path">),
      path: id.slice("helm_release.".length).replace(/\/release$/, ""),
    }));
}

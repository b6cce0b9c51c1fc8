import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { App, DefaultTokenResolver, StringConcat, Tokenization } from "cdktf";
import type { ProjectImages } from "../constructs/contracts/cluster-profile";
import type { AnyComponent, ComponentDefinition } from "../constructs/contracts/component";
import type { Catalogue, Part } from "../constructs/contracts/foundation";
import { issuerPorts } from "../constructs/contracts/identity";
import type { JsonValue } from "../constructs/contracts/json";
import type { LabForm } from "../constructs/contracts/lab";
import { loadEnvironments } from "../constructs/contracts/load";
import type { Offers, Role } from "../constructs/contracts/offers";
import { PlatformStack } from "../stacks/platform-stack";
import { addStacks } from "../stacks/stacks";
import type { Networked } from "./graph";
import { type LabFacts, labFacts } from "./lab";
import type { Policy } from "./reach";

/** A part of a platform in one environment, a component or a tool of the foundation: what a rule for both looks at. */
export interface PartSubject {
  readonly environment: string;
  readonly component: Part;
  readonly platform: PlatformFacts;
  /** The releases in its namespace. */
  readonly releases: readonly ReleaseFacts[];
  /** The labels of its namespace. */
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

/** One component in one environment. */
export interface Subject extends PartSubject {
  readonly component: AnyComponent;
  /** How an environment may choose it. */
  readonly definition: ComponentDefinition;
  /** The same choice on this machine. */
  readonly lab: LabForm<Offers[Role]>;
}

/** What a platform's stack says, as Terraform will read it. */
export interface PlatformFacts extends Networked {
  readonly offers: Offers;
  readonly policies: readonly Policy[];
  /** The labels of each namespace. */
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The releases in all namespaces. */
  readonly releases: readonly ReleaseFacts[];
  /** The project's own images, as values name them. */
  readonly images: ProjectImages;
  /** All components together on this machine. */
  readonly lab: LabFacts;
}

export interface ReleaseFacts {
  /** Its name in Terraform, and those of all that must be there before it. */
  readonly address: string;
  readonly dependsOn?: readonly string[];
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version?: string;
  readonly repository?: string;
  readonly atomic?: boolean;
  readonly wait?: boolean;
  readonly upgradeInstall?: boolean;
  readonly values: readonly JsonValue[];
}

interface StackJson {
  readonly resource: {
    readonly helm_release: Readonly<Record<string, ReleaseJson>>;
    readonly kubernetes_namespace_v1: Readonly<
      Record<string, { readonly metadata: { readonly name: string; readonly labels: Subject["namespaceLabels"] } }>
    >;
  };
}
type ReleaseJson = Omit<ReleaseFacts, "values" | "upgradeInstall" | "address" | "dependsOn"> & {
  readonly depends_on?: readonly string[];
  readonly upgrade_install?: boolean;
  readonly values?: readonly string[];
};

/** Every component of every environment that has a cluster, from its synthesized stacks. */
export function subjectsOf(inputs: readonly unknown[], catalogue: Catalogue): Subject[] {
  const environments = loadEnvironments(inputs, catalogue).filter(({ place }) => place !== "lab");
  const outdir = mkdtempSync(path.join(tmpdir(), "open-mlops-conformance-"));
  try {
    const app = new App({ outdir });
    addStacks(app, environments);
    app.synth();
    const stacks = app.node.findAll().filter((node): node is PlatformStack => node instanceof PlatformStack);
    return stacks.flatMap((stack) => {
      const file = path.join(outdir, "stacks", stack.node.id, "cdk.tf.json");
      return subjectsOfStack(stack, JSON.parse(readFileSync(file, "utf8")) as StackJson, catalogue, outdir);
    });
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function subjectsOfStack(
  stack: PlatformStack,
  { resource }: StackJson,
  { tools }: Catalogue,
  folder: string,
): Subject[] {
  const { cluster, components } = stack.given;
  const lab = labFacts(components, path.join(folder, "labs", stack.node.id));
  const releases = Object.entries(resource.helm_release).map(
    ([id, { upgrade_install, depends_on, values = [], ...release }]) => ({
      ...release,
      address: `helm_release.${id}`,
      dependsOn: depends_on,
      upgradeInstall: upgrade_install,
      values: values.map((text) => JSON.parse(text) as JsonValue),
    }),
  );
  const manifests = releases.flatMap(({ values }) =>
    values.flatMap((value) => (value as { manifests?: readonly (Policy & { kind: string })[] }).manifests ?? []),
  );
  const namespaces = Object.values(resource.kubernetes_namespace_v1).map(({ metadata }) => metadata);
  const platform: PlatformFacts = {
    namespaces: Object.fromEntries(namespaces.map(({ name, labels }) => [name, labels])),
    cluster,
    components,
    foundation: stack.given.foundation,
    issuerPorts: issuerPorts(stack.given.environment.identity),
    offers: stack.offers,
    policies: manifests.filter(({ kind }) => kind === "NetworkPolicy"),
    releases,
    images: resolved(stack, cluster.images),
    lab,
  };
  return components.map((component) => ({
    environment: stack.node.id.replace(/-platform$/, ""),
    component,
    definition: known(tools[component.name], component.name),
    lab: known(lab.forms.get(component.name), component.name),
    platform,
    releases: releases.filter(({ namespace }) => namespace === component.name),
    namespaceLabels: platform.namespaces[component.name] ?? {},
  }));
}

/** The tools of the foundation under these components, in each environment that has some. */
export function foundationOf(subjects: readonly Subject[]): PartSubject[] {
  const platforms = new Map(subjects.map(({ environment, platform }) => [environment, platform]));
  return [...platforms].flatMap(([environment, platform]) =>
    (platform.foundation ?? []).map((component) => ({
      environment,
      component,
      platform,
      releases: platform.releases.filter(({ namespace }) => namespace === component.name),
      namespaceLabels: platform.namespaces[component.name] ?? {},
    })),
  );
}

/** Whether an environment's `observability` is on. */
export function isWatched({ foundation = [] }: Pick<PlatformFacts, "foundation">): boolean {
  return foundation.some(({ name }) => name === "monitoring");
}

/** Data with what Terraform will write in the place of tokens. */
function resolved<T>(scope: PlatformStack, data: T): T {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return Tokenization.resolve(data, { scope, resolver, preparing: false }) as T;
}

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`${name} is no tool of the catalogue`);
  return found;
}

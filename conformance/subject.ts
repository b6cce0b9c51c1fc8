import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { App } from "cdktf";
import type { AnyComponent, Catalogue } from "../constructs/contracts/component";
import type { JsonValue } from "../constructs/contracts/json";
import { loadEnvironments } from "../constructs/contracts/load";
import type { Offers } from "../constructs/contracts/offers";
import { PlatformStack } from "../stacks/platform-stack";
import { addStacks } from "../stacks/stacks";
import type { Networked } from "./graph";
import type { Policy } from "./reach";

/** One component in one environment: what a rule looks at. */
export interface Subject {
  readonly environment: string;
  readonly component: AnyComponent;
  readonly platform: PlatformFacts;
  /** The releases in its namespace. */
  readonly releases: readonly ReleaseFacts[];
  /** The labels of its namespace. */
  readonly namespaceLabels: Readonly<Record<string, string>>;
}

/** What a platform's stack says, as Terraform will read it. */
export interface PlatformFacts extends Networked {
  readonly offers: Offers;
  readonly policies: readonly Policy[];
}

export interface ReleaseFacts {
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
type ReleaseJson = Omit<ReleaseFacts, "values" | "upgradeInstall"> & {
  readonly upgrade_install?: boolean;
  readonly values?: readonly string[];
};

/** Every component of every environment that has a cluster, from its synthesized stacks. */
export function subjectsOf(inputs: readonly unknown[], tools: Catalogue): Subject[] {
  const environments = loadEnvironments(inputs, tools).filter(({ place }) => place !== "lab");
  const outdir = mkdtempSync(path.join(tmpdir(), "open-mlops-conformance-"));
  try {
    const app = new App({ outdir });
    addStacks(app, environments);
    app.synth();
    const stacks = app.node.findAll().filter((node): node is PlatformStack => node instanceof PlatformStack);
    return stacks.flatMap((stack) => {
      const file = path.join(outdir, "stacks", stack.node.id, "cdk.tf.json");
      return subjectsOfStack(stack, JSON.parse(readFileSync(file, "utf8")) as StackJson);
    });
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function subjectsOfStack(stack: PlatformStack, { resource }: StackJson): Subject[] {
  const { cluster, components } = stack.given;
  const releases = Object.values(resource.helm_release).map(({ upgrade_install, values = [], ...release }) => ({
    ...release,
    upgradeInstall: upgrade_install,
    values: values.map((text) => JSON.parse(text) as JsonValue),
  }));
  const manifests = releases.flatMap(({ values }) =>
    values.flatMap((value) => (value as { manifests?: readonly (Policy & { kind: string })[] }).manifests ?? []),
  );
  const platform: PlatformFacts = {
    cluster,
    components,
    offers: stack.offers,
    policies: manifests.filter(({ kind }) => kind === "NetworkPolicy"),
  };
  const namespaces = Object.values(resource.kubernetes_namespace_v1).map(({ metadata }) => metadata);
  return components.map((component) => ({
    environment: stack.node.id.replace(/-platform$/, ""),
    component,
    platform,
    releases: releases.filter(({ namespace }) => namespace === component.name),
    namespaceLabels: namespaces.find(({ name }) => name === component.name)?.labels ?? {},
  }));
}

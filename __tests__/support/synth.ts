import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { App } from "cdktf";
import { catalogue } from "../../constructs/components/catalogue";
import type { Catalogue } from "../../constructs/contracts/foundation";
import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import { loadEnvironments } from "../../constructs/contracts/load";
import { addStacks } from "../../stacks/stacks";

/** A stack's Terraform JSON, as far as tests read it. */
export interface StackJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly data?: Readonly<Record<string, Readonly<Record<string, JsonObject>>>>;
  readonly provider: Readonly<Record<string, readonly JsonObject[]>>;
  readonly output: Readonly<Record<string, { readonly value: JsonValue; readonly description?: string }>>;
  readonly terraform: {
    readonly backend: JsonObject;
    readonly required_providers: Readonly<Record<string, JsonObject>>;
  };
}

/**
 * The stacks of these environments, by name, as `cdktf synth` writes them. Nobody may change them: an environment is
 * synthesized once, for every test of a file that looks at it.
 */
export function synthesizeStacks(inputs: readonly unknown[], given: Catalogue = catalogue): Stacks {
  const environments = loadEnvironments(inputs, given);
  const each = environments.map((environment, index) => {
    const key = given === catalogue ? JSON.stringify(inputs[index]) : undefined;
    const made = (key && known.get(key)) || synthesizeApp((app) => addStacks(app, [environment]));
    if (key) known.set(key, made);
    return made;
  });
  return Object.assign({}, ...each);
}

const known = new Map<string, Stacks>();

export type Stacks = Readonly<Record<string, StackJson>>;

/** Runs an app in a folder of its own, with every check that `cdktf synth` makes, and returns its stacks by name. */
export function synthesizeApp(build: (app: App) => void): Stacks {
  const outdir = mkdtempSync(path.join(tmpdir(), "stacks-"));
  try {
    const app = new App({ outdir });
    build(app);
    app.synth();
    const folder = path.join(outdir, "stacks");
    return Object.fromEntries(
      readdirSync(folder).map((name) => [
        name,
        JSON.parse(readFileSync(path.join(folder, name, "cdk.tf.json"), "utf8")) as StackJson,
      ]),
    );
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** The resources of one type, by their construct's path within the stack's one main construct. */
export function resourcesOfType(stack: StackJson, type: string): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    Object.values(stack.resource?.[type] ?? {}).map((resource) => [constructPath(resource), resource]),
  );
}

/** `dev-cluster/cluster/network/vpc` without the stack and its one construct: `network/vpc`. */
export function constructPath(resource: JsonObject): string {
  const { metadata } = resource["//"] as { metadata: { path: string } };
  return metadata.path.split("/").slice(2).join("/");
}

import * as fs from "node:fs";
import * as path from "node:path";
import type { JsonObject } from "../../../constructs/contracts/json";
import { containers, render } from "../../support/helm";
import type { HelmRelease } from "../../support/platform";

export interface Wanted {
  /** Images that a recipe makes, with the recipe's name. */
  readonly made: ReadonlyMap<string, string>;
  /** Images of containers that no recipe makes. */
  readonly others: readonly string[];
}

/** Every Helm release of a synthesized stack (`cdk.tf.json`). */
export function releasesOfStack(file: string): HelmRelease[] {
  const { resource } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    resource?: { helm_release?: Record<string, JsonObject> };
  };
  return Object.entries(resource?.helm_release ?? {}).map(([id, attributes]) => ({
    ...(attributes as unknown as HelmRelease),
    path: id,
    // One of our own charts: a copy of it stands beside the stack.
    chart: String(attributes["chart"]).replace(/^.*_(\w+)_[0-9A-F]{8}\/.*$/, "charts/$1"),
    values: (attributes["values"] as string[]).map((text) => JSON.parse(text) as JsonObject),
  }));
}

/**
 * The images that releases ask for, by what their charts render: those of containers, and those that configuration
 * names for pods that start later (user servers, flow runs, Dask workers, models).
 */
export function wantedImages(
  releases: readonly HelmRelease[],
  recipes: readonly string[],
  helm: string,
  charts: string,
): Wanted {
  const objects = releases.flatMap((release) => render(release, helm, charts));
  const made = namedImages(JSON.stringify([objects, releases.map((release) => release.values)]), recipes);
  const others = containers(objects)
    .map((container) => container.image)
    .filter((image) => !made.has(image));
  return { made, others: [...new Set(others)].sort() };
}

/** References in a text to images whose repository ends in one of these names. */
export function namedImages(text: string, names: readonly string[]): Map<string, string> {
  const pattern = new RegExp(`(?<![\\w./:@-])(?:[\\w.-]+(?::\\d+)?/)+(${names.join("|")}):\\w[\\w.-]*`, "g");
  return new Map([...text.matchAll(pattern)].map(([reference, name = ""]) => [reference, name]));
}

/** The stacks of platforms in a folder of synthesized ones. */
export function platformStacks(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith("-platform"))
    .map((name) => path.join(folder, name, "cdk.tf.json"));
}

import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import { chartFolder, containers, type KubernetesObject } from "../../support/helm";
import type { HelmRelease } from "../../support/platform";

export interface Wanted {
  /** Images that a recipe makes, with the recipe's name. */
  readonly made: ReadonlyMap<string, string>;
  /** Images of containers that no recipe makes. */
  readonly others: readonly string[];
  /** Charts that are not in the folder, so that only what the values name is known of them. */
  readonly missing: readonly string[];
}

/** A Helm release of a synthesized stack, with its values as they are written there. */
export interface StackRelease {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version?: string;
  readonly values: readonly string[];
  /** Where the stack is: charts of this machine are named from there. */
  readonly folder: string;
}

/** Every Helm release of a synthesized stack (`cdk.tf.json`). */
export function releasesOfStack(file: string): StackRelease[] {
  const { resource } = JSON.parse(fs.readFileSync(file, "utf8")) as {
    resource?: { helm_release?: Record<string, Omit<StackRelease, "folder">> };
  };
  return Object.values(resource?.helm_release ?? {}).map((release) => ({ ...release, folder: path.dirname(file) }));
}

/**
 * The images that releases ask for, by what their charts render: those of containers, and those that configuration
 * names for pods that start later (user servers, flow runs, Dask workers, models).
 */
export function wantedImages(
  releases: readonly StackRelease[],
  recipes: readonly string[],
  helm: string,
  charts: string,
): Wanted {
  const rendered = releases.map((release) => ({ release, objects: render(release, helm, charts) }));
  const objects = rendered.flatMap((each) => each.objects ?? []);
  const made = namedImages(JSON.stringify([objects, releases.map((release) => release.values)]), recipes);
  const others = containers(objects)
    .map((container) => container.image)
    .filter((image) => !made.has(image));
  const missing = rendered.filter((each) => !each.objects).map(({ release }) => `${release.chart} ${release.version}`);
  return { made, others: [...new Set(others)].sort(), missing: [...new Set(missing)].sort() };
}

/** What a release would install, or undefined where its chart is not there. */
function render(release: StackRelease, helm: string, charts: string): KubernetesObject[] | undefined {
  const places = release.chart.startsWith(".")
    ? [path.resolve(release.folder, release.chart)]
    : [chartFolder(release as unknown as HelmRelease, charts), path.join(charts, release.chart)];
  const chart = places.find((place) => fs.existsSync(place));
  if (!chart) return undefined;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "values-"));
  try {
    const values = release.values.map((text, index) => {
      const file = path.join(folder, `${index}.json`);
      fs.writeFileSync(file, text);
      return `--values=${file}`;
    });
    const args = ["template", release.name, chart, "--namespace", release.namespace, ...values];
    const text = execFileSync(helm, args, { encoding: "utf8", maxBuffer: 64e6 });
    return parseAllDocuments(text, { logLevel: "error" })
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
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

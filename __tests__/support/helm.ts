import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parseAllDocuments } from "yaml";
import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import type { HelmRelease } from "./platform";

const project = path.join(__dirname, "../..");

/** An object that a chart renders. */
export type KubernetesObject = JsonObject & {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** The folder of a release's chart: one of ours, or `<chart>-<version>` in a folder of charts from elsewhere. */
export function chartFolder(release: HelmRelease, chartsDir: string): string {
  return release.chart.startsWith("charts/")
    ? path.join(project, release.chart)
    : nearestVersion(chartsDir, release.chart, release.version ?? "");
}

/** The schema of a release's values, or undefined where the chart has none. */
export function chartSchema(release: HelmRelease, schemasDir: string): JsonObject | undefined {
  if (release.chart.startsWith("charts/")) return undefined;
  const file = path.join(nearestVersion(schemasDir, release.chart, release.version ?? ""), "values.schema.json");
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : undefined;
}

/** Values over the defaults that a schema tells: charts have rules on the merged values, of which ours are a part. */
export function withDefaults(schema: JsonObject, values: JsonValue | undefined): JsonValue | undefined {
  const { properties } = schema;
  if (!isObject(properties as JsonValue)) return values ?? defaultOf(schema);
  if (values !== undefined && !isObject(values)) return values;
  const merged: Record<string, JsonValue | undefined> = { ...values };
  for (const [key, property] of Object.entries(properties as Readonly<Record<string, JsonObject>>)) {
    merged[key] = withDefaults(property, values?.[key]);
  }
  return merged;
}

/** The default that a schema tells; some say "false" of a boolean, which is none. */
function defaultOf(schema: JsonObject): JsonValue | undefined {
  const { type, default: value } = schema;
  return type === "boolean" && typeof value !== "boolean" ? undefined : value;
}

/** `<chart>-<version>`, or one with another patch version: some charts' sources have no tag for each release. */
function nearestVersion(dir: string, chart: string, version: string): string {
  const exact = path.join(dir, `${chart}-${version}`);
  if (fs.existsSync(exact)) return exact;
  const minor = `${chart}-${version.replace(/\.\d+$/, ".")}`;
  const near = fs.readdirSync(dir).find((name) => name.startsWith(minor));
  return near ? path.join(dir, near) : exact;
}

/** Renders a release with the real `helm`. */
export function render(release: HelmRelease, helm: string, chartsDir: string): KubernetesObject[] {
  const values = release.values.flatMap((_, index) => ["--values", valuesFile(release, index)]);
  const args = ["template", release.name, chartFolder(release, chartsDir), "--namespace", release.namespace, ...values];
  const text = execFileSync(helm, [...args, "--include-crds"], { encoding: "utf8", maxBuffer: 64e6 });
  return parseAllDocuments(text, { logLevel: "error" })
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

function valuesFile(release: HelmRelease, index: number): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "values-"));
  const file = path.join(folder, `${release.name}.json`);
  fs.writeFileSync(file, JSON.stringify(release.values[index]));
  return file;
}

/** The containers of whatever runs pods among these objects, with the pod's service account. */
export function containers(objects: readonly KubernetesObject[]): Container[] {
  return objects
    .filter((object) => ["Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"].includes(object.kind))
    .flatMap((object) => {
      const { template, jobTemplate } = object["spec"] as unknown as {
        template: { spec: PodSpec };
        jobTemplate?: { spec: { template: { spec: PodSpec } } };
      };
      const { spec } = jobTemplate?.spec.template ?? template;
      return [...(spec.initContainers ?? []), ...spec.containers].map((container) => ({
        ...container,
        serviceAccount: spec.serviceAccountName,
      }));
    });
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly serviceAccount?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: JsonObject }[];
  readonly resources?: JsonObject;
}
interface PodSpec {
  readonly serviceAccountName?: string;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
}

/**
 * Paths of values that a chart does not know. Where the chart has an empty object, a list or a single value, it takes
 * what comes; `open` names the places where it takes more keys than it shows, and keys that it takes and does not show.
 */
export function unknownValues(
  set: JsonValue,
  known: JsonValue | undefined,
  open: readonly string[],
  at = "",
): string[] {
  if (!isObject(set) || !isObject(known) || Object.keys(known).length === 0 || open.includes(at)) return [];
  return Object.entries(set).flatMap(([key, value]) => {
    const path = at ? `${at}.${key}` : key;
    if (!(key in known)) return open.includes(path) ? [] : [path];
    return unknownValues(value as JsonValue, known[key], open, path);
  });
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { ImageReference } from "../constructs/contracts/cluster-profile";
import type { JsonValue } from "../constructs/contracts/json";
import type { LabProcess } from "../constructs/contracts/lab";
import type { PartSubject, ReleaseFacts, Subject } from "./subject";

/** The ten commandments of the house. */
export const commandments = [
  "scale",
  "secure",
  "standard",
  "data integration",
  "monitoring",
  "any language",
  "no downtime",
  "versions and lineage",
  "transparency",
  "latency",
] as const;
export type Commandment = (typeof commandments)[number];

/** One thing that holds for every component in every environment; or for the tools of the foundation too. */
export type Rule = Says & (ForComponents | ForAllParts);

interface Says {
  readonly id: string;
  readonly commandment: Commandment;
  /** What it says, as a sentence. */
  readonly says: string;
}

interface ForComponents {
  readonly of?: "components";
  /** What is wrong with a component: nothing where it keeps to the rule, undefined where the rule does not speak of it. */
  readonly check: (subject: Subject) => readonly string[] | undefined;
}

interface ForAllParts {
  readonly of: "all parts";
  readonly check: (subject: PartSubject) => readonly string[] | undefined;
}

/** The values of a component's releases, as text. */
export function valuesText({ releases }: Subject): string {
  return JSON.stringify(releases.map(({ values }) => values));
}

/** Every value under a key, wherever it stands, with its path. */
export function everyValue(value: JsonValue | undefined, at = ""): { at: string; key: string; value: JsonValue }[] {
  if (value === null || value === undefined || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = at ? `${at}.${key}` : key;
    return inner === undefined
      ? []
      : [{ at: path, key, value: inner as JsonValue }, ...everyValue(inner as JsonValue, path)];
  });
}

/** Whether people's code runs in the component's pods. */
export function runsPeoplesCode({ component }: Subject): boolean {
  return component.needs.serviceAccounts?.some((account) => account.runsPeoplesCode) ?? false;
}

/** A chart from elsewhere: not one of the project's own. */
export function isForeign({ chart }: ReleaseFacts): boolean {
  return !chart.startsWith("./");
}

/** A release's values as Helm puts them together: what stands later wins, key by key. */
export function mergedValues({ values }: Pick<ReleaseFacts, "values">): JsonValue {
  return values.reduce(merged, {});
}

function merged(below: JsonValue | undefined, above: JsonValue): JsonValue {
  if (!isObject(below) || !isObject(above)) return above;
  const over = Object.entries(above).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, merged(below[key], value)]],
  );
  return { ...below, ...Object.fromEntries(over) };
}

/** Whether values name an image, as one text or as a name with its tag. */
export function namesImage(subject: Subject, { repository, tag }: ImageReference): boolean {
  const text = valuesText(subject);
  return [`${repository}:${tag}`, `"${repository}","tag":"${tag}"`].some((each) => text.includes(each));
}

/** What stands at a path of values; undefined where nothing does. */
export function valueAt(value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined {
  return keys.reduce<JsonValue | undefined>((at, key) => (isObject(at) ? at[key] : undefined), value);
}

export function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The processes of a component on this machine; none where it has no such form. */
export function labProcesses({ lab }: Subject): readonly LabProcess[] {
  return "unavailable" in lab ? [] : lab.processes;
}

/** The objects that a platform's own charts bring. */
export function manifestsOf(releases: readonly ReleaseFacts[]): readonly Manifest[] {
  return releases.flatMap(({ values }) =>
    values.flatMap((value) => (value as { manifests?: readonly Manifest[] }).manifests ?? []),
  );
}

export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly [key: string]: JsonValue | undefined };
}

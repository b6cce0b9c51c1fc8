import type { JsonValue } from "../constructs/contracts/json";
import type { Subject } from "./subject";

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

/** One thing that holds for every component in every environment. */
export interface Rule {
  readonly id: string;
  readonly commandment: Commandment;
  /** What it says, as a sentence. */
  readonly says: string;
  /** What is wrong with a component; nothing where it keeps to the rule. */
  readonly check: (subject: Subject) => readonly string[];
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

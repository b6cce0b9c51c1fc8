import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import type { JsonValue } from "../../constructs/contracts/json";
import { stayingPod } from "../../constructs/foundation/pods";
import { noUsageStatistics } from "../../constructs/foundation/usage-statistics";
import { charts } from "../../constructs/pins";
import { everyValue, type Rule, runsPeoplesCode, valuesText } from "../rule";

const openLicences = ["Apache-2.0", "BSD-3-Clause", "MIT", "PostgreSQL", "MPL-2.0"];

export const operation: readonly Rule[] = [
  {
    id: "asks-for-memory",
    commandment: "scale",
    says: "it says what its pods are guaranteed, and memory has a limit wherever it says so",
    check: ({ releases }) => {
      const found = releases.flatMap(({ name, values }) =>
        values.flatMap((value) =>
          everyValue(value)
            .filter(({ key, value: set }) => key === "resources" && isGuarantee(set))
            .map(({ at, value: set }) => ({ at: `${name}: ${at}`, set })),
        ),
      );
      const unlimited = found.filter(({ set }) => !hasLimit(set)).map(({ at }) => `${at} has no limit of memory`);
      return found.length > 0 ? unlimited : ["its values guarantee nothing to its pods"];
    },
  },
  {
    id: "rolled-back",
    commandment: "no downtime",
    says: "an upgrade waits until its pods are ready, and one that fails is rolled back and can be run again",
    check: ({ releases }) =>
      releases
        .filter(({ atomic, wait, upgradeInstall }) => !(atomic && wait && upgradeInstall))
        .map(({ name }) => `${name} is not`),
  },
  {
    id: "people-stay",
    commandment: "no downtime",
    says: "a node is not emptied while people's code runs on it",
    check: (subject) =>
      runsPeoplesCode(subject)
        ? Object.keys(stayingPod)
            .filter((annotation) => !valuesText(subject).includes(annotation))
            .map((annotation) => `its pods do not carry ${annotation}`)
        : [],
  },
  {
    id: "pinned-charts",
    commandment: "versions and lineage",
    says: "each chart from elsewhere is one version of a pin, under an open licence",
    check: ({ releases }) =>
      releases
        .filter(({ chart }) => !chart.startsWith("./"))
        .flatMap(({ name, chart, version }) => {
          const pin = Object.values(charts).find((each) => each.chart === chart && each.version === version);
          if (!pin) return [`${name}: ${chart} ${version ?? "of any version"} is no pin`];
          const closed = pin.licence.split(" OR ").filter((licence) => !openLicences.includes(licence));
          return closed.map((licence) => `${name}: ${chart} is under ${licence}`);
        }),
  },
  {
    id: "pinned-images",
    commandment: "versions and lineage",
    says: "each image that its values name has one version",
    check: ({ releases }) =>
      releases.flatMap(({ name, values }) =>
        values.flatMap((value) =>
          everyValue(value)
            .filter(({ value: set }) => isImage(set) && !versionOf(set))
            .map(({ at }) => `${name}: ${at}`),
        ),
      ),
  },
  {
    id: "answers-for-its-health",
    commandment: "monitoring",
    says: "where it has an address that speaks HTTP, it says where its health is asked for",
    check: ({ component: { role }, platform }) => {
      const { address, health } = platform.offers[role];
      return !address.startsWith("http") || health?.startsWith("http") ? [] : [`${address} has no health`];
    },
  },
  {
    id: "written-down",
    commandment: "transparency",
    says: "its README says how it is installed, what its chart's traps are, how it runs in the lab and how to swap it",
    check: ({ component: { name } }) => {
      const file = path.join(__dirname, "../../constructs/components", name, "README.md");
      if (!existsSync(file)) return [`${name} has no README.md`];
      const text = readFileSync(file, "utf8");
      return [/^## In a cluster$/m, /^## Traps of the charts?$/m, /^## In the lab$/m, /^## To swap it$/m]
        .filter((heading) => !heading.test(text))
        .map((heading) => `its README has nothing under ${heading.source.replaceAll(/[\^$?]/g, "")}`);
    },
  },
  {
    id: "reports-to-nobody",
    commandment: "transparency",
    says: "clients in people's pods report their use to nobody",
    check: (subject) =>
      runsPeoplesCode(subject)
        ? Object.keys(noUsageStatistics)
            .filter((variable) => !valuesText(subject).includes(variable))
            .map((variable) => `its pods do not get ${variable}`)
        : [],
  },
];

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** In Kubernetes' words, or in those of a chart that has its own. */
function isGuarantee(value: JsonValue): boolean {
  return isObject(value) && (isObject(value["requests"]) || "memoryRequest" in value);
}

function hasLimit(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  const { limits } = value;
  return "memoryRequest" in value || (isObject(limits) && limits["memory"] !== undefined);
}

/** An image as charts take it: its repository or name, and beside it a tag in some word. */
function isImage(value: JsonValue): boolean {
  return (
    isObject(value) &&
    [value["repository"], value["name"]].some((each) => /^[\w.-]+(:\d+)?\/[\w./-]+$/.test(String(each)))
  );
}

function versionOf(value: JsonValue): string | undefined {
  if (!isObject(value)) return undefined;
  const tag = value["tag"] ?? value["prefectTag"] ?? value["defaultImageVersion"];
  return typeof tag === "string" && tag !== "" && tag !== "latest" ? tag : undefined;
}

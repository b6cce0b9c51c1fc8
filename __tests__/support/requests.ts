import { everyValue, isObject } from "../../conformance/rule";
import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import type { KubernetesObject } from "./helm";

/** What pods are guaranteed together: thousandths of a processor, and MiB of memory. */
export interface Requested {
  readonly millicores: number;
  readonly mebibytes: number;
  readonly pods: number;
}

export function sum(all: readonly Requested[]): Requested {
  const of = (key: keyof Requested) => all.reduce((total, each) => total + each[key], 0);
  return { millicores: of("millicores"), mebibytes: of("mebibytes"), pods: of("pods") };
}

/** Where values speak of pods that come and go: people's, what room is kept by, and a job's. */
const notStaying = /^(gateway\.backend|singleuser|executor|scheduling\.userPlaceholder)\b/;

/**
 * What a release's values ask for, as far as they say it. A chart's own defaults are not seen, so this is the least; the
 * rendered charts say the rest.
 */
export function ofValues(values: JsonObject): Requested {
  const replicas = Number(values["replicaCount"] ?? values["replicas"] ?? 1);
  const found = everyValue(values).filter(({ at, key }) => key === "resources" && !notStaying.test(at));
  return sum(
    found.flatMap(({ value }) =>
      isObject(value) && isObject(value["requests"])
        ? [times({ ...requestOf(value["requests"]), pods: 1 }, Number.isInteger(replicas) ? replicas : 1)]
        : [],
    ),
  );
}

/** What a rendered object keeps running, beside what runs on every node; nothing for what ends. */
export function ofObject({ kind, ...object }: KubernetesObject): Requested[] {
  if (kind !== "Deployment" && kind !== "StatefulSet") return [];
  const { replicas = 1, template } = object["spec"] as unknown as {
    replicas?: number;
    template: { spec: { containers: readonly { resources?: { requests?: JsonObject } }[] } };
  };
  const each = template.spec.containers.map(({ resources }) => ({ ...requestOf(resources?.requests ?? {}), pods: 0 }));
  return [times({ ...sum(each), pods: 1 }, replicas)];
}

function requestOf(requests: { readonly [key: string]: JsonValue | undefined }) {
  return { millicores: millicores(requests["cpu"]), mebibytes: mebibytes(requests["memory"]) };
}

function times({ millicores: cpu, mebibytes: memory, pods }: Requested, factor: number): Requested {
  return { millicores: cpu * factor, mebibytes: memory * factor, pods: pods * factor };
}

function millicores(amount: JsonValue | undefined): number {
  const text = String(amount ?? "0");
  return text.endsWith("m") ? Number.parseFloat(text) : Number(text) * 1000;
}

function mebibytes(amount: JsonValue | undefined): number {
  const [, number = "0", unit = ""] = /^([\d.]+)(\w*)$/.exec(String(amount ?? "0")) ?? [];
  const factor = { Gi: 1024, G: 953.67, Mi: 1, M: 0.9537, Ki: 1 / 1024, "": 1 / 1024 ** 2 }[unit];
  if (factor === undefined) throw new Error(`an amount of memory in ${unit}: ${text(amount)}`);
  return Number(number) * factor;
}

function text(value: JsonValue | undefined): string {
  return JSON.stringify(value) ?? "nothing";
}

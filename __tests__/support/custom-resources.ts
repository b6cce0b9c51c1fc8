import * as fs from "node:fs";
import * as path from "node:path";
import Ajv, { type ValidateFunction } from "ajv";
import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import type { SynthesizedPlatform } from "./platform";

/** Groups whose objects every API server knows by itself. */
const builtIn = /^(apps|batch|autoscaling|policy|(\w+\.)+k8s\.io)$/;
/** Of Kubernetes' own makers, and brought by a chart all the same. */
const brought = ["gateway.networking.k8s.io"];

/** What the platform writes by itself: the objects of every release of our own charts. */
export function writtenObjects({ releases }: Pick<SynthesizedPlatform, "releases">): Manifest[] {
  return releases
    .filter(({ chart }) => ["charts/manifests", "charts/secrets", "charts/copied-secrets"].includes(chart))
    .flatMap(({ values }) => values as unknown as readonly OwnValues[])
    .flatMap(({ manifests = [], secrets = [] }) => [...manifests, ...secrets.flatMap(({ pushes }) => pushes)]);
}

interface OwnValues {
  readonly manifests?: readonly Manifest[];
  readonly secrets?: readonly { readonly pushes: readonly Manifest[] }[];
}

export function isCustom({ apiVersion }: Manifest): boolean {
  const [group = "", version] = apiVersion.split("/");
  return version !== undefined && (brought.includes(group) || !builtIn.test(group));
}

/** Holds objects against the schemas of their definitions, a folder with `<group>/<kind>_<version>.json` in it. */
export class Definitions {
  private readonly known = new Map<string, ValidateFunction | undefined>();

  constructor(private readonly folder: string) {}

  /** What is wrong with an object; the first line says so where nobody knows its kind. */
  problems(object: Manifest): string[] {
    const at = `${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`;
    const accepts = this.of(object);
    if (!accepts) return [`${at}: no schema ${this.file(object)}`];
    accepts(object);
    return (accepts.errors ?? []).map(
      ({ instancePath, message, params }) => `${at}${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  }

  private of(object: Manifest): ValidateFunction | undefined {
    const file = this.file(object);
    if (!this.known.has(file)) {
      const there = fs.existsSync(file);
      const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
      const schema = there && (closed(JSON.parse(fs.readFileSync(file, "utf8")), true) as JsonObject);
      this.known.set(file, schema ? ajv.compile(schema) : undefined);
    }
    return this.known.get(file);
  }

  private file({ apiVersion, kind }: Manifest): string {
    const [group = "", version] = apiVersion.split("/");
    return path.join(this.folder, group, `${kind.toLowerCase()}_${version}.json`);
  }
}

/** A schema in which a field that is not told is an error: an API server drops those without a word. */
function closed(schema: JsonValue | undefined, isObject = false): JsonValue | undefined {
  if (Array.isArray(schema)) return schema.map((each) => closed(each) ?? null);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema as JsonObject).map(([key, value]) => [
    key,
    key === "properties" && typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, closed(each as JsonValue, true)]))
      : closed(value as JsonValue, ["items", "additionalProperties"].includes(key)),
  ]);
  const result = Object.fromEntries(parts) as Record<string, JsonValue | undefined>;
  const open = ["additionalProperties", "x-kubernetes-preserve-unknown-fields"].some((key) => key in result);
  // Branches of `anyOf` and its like tell only some of the fields of the object around them.
  return isObject && "properties" in result && !open ? { ...result, additionalProperties: false } : result;
}

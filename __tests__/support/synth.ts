import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { App } from "cdktf";
import { catalogue } from "../../constructs/components/catalogue";
import type { Catalogue } from "../../constructs/contracts/component";
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

/** The stacks of these environments, by name, as `cdktf synth` writes them. */
export function synthesizeStacks(inputs: readonly unknown[], tools: Catalogue = catalogue): Stacks {
  const environments = loadEnvironments(inputs, tools);
  return synthesizeApp((app) => addStacks(app, environments));
}

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

/** `type path -> attributes`, as people would say it: documents parsed, references by path, order and life cycle left out. */
export function readable(stack: StackJson, others: Stacks = {}): Record<string, JsonObject> {
  const paths = new Map(Object.values(others).flatMap((other) => [...constructPaths(other)]));
  for (const [id, at] of constructPaths(stack)) paths.set(id, at);
  const tidy = (value: JsonValue | undefined): JsonValue | undefined => {
    if (Array.isArray(value)) return variables(value) ?? value.map((each) => tidy(each) ?? null);
    if (typeof value === "string") {
      const document = parsed(value);
      return document === undefined ? shortReferences(value, paths, others) : tidy(document);
    }
    if (value === null || typeof value !== "object") return value;
    return shorten(Object.fromEntries(Object.entries(value as JsonObject).map(([key, each]) => [key, tidy(each)])));
  };
  const found: Record<string, JsonObject> = {};
  for (const [type, ofType] of Object.entries(stack.resource ?? {})) {
    for (const resource of Object.values(ofType)) {
      // What every release has, `platform.test.ts` says.
      const { "//": _, depends_on, lifecycle, chart, tag, atomic, max_history, timeout, ...others } = resource;
      const { upgrade_install, wait, wait_for_jobs, ...attributes } = others;
      const at = constructPath(resource);
      if (tag) {
        // One resource a tag of a scaling group: shown as the group's tags.
        const { key, value } = tag as JsonObject;
        const group = `${type} ${at.replace(/\/[^/]+$/, "")}`;
        found[group] = { ...found[group], [String(key)]: value };
        continue;
      }
      found[`${type} ${at}`] = {
        ...(tidy(attributes) as JsonObject),
        // Where a folder was copied to has a hash in it, which says nothing about what was meant.
        ...(chart === undefined ? {} : { chart: String(chart).replace(/^\.\/assets\/.*/, "(a folder of charts/)") }),
      };
    }
  }
  return oncePerZone(found);
}

/**
 * What is made once a zone and differs in nothing but the zone's number, as one: `nodes/general-0/group` and its
 * likes become `nodes/general-#/group, # 0 to 2`.
 */
function oncePerZone(found: Readonly<Record<string, JsonObject>>): Record<string, JsonObject> {
  const alike = new Map<string, { readonly path: string; readonly attributes: JsonObject; readonly zones: number[] }>();
  for (const [id, attributes] of Object.entries(found)) {
    const zone = /-([0-9])(?=[/-]|$)/.exec(id)?.[1];
    const general = (text: string) =>
      zone === undefined ? text : text.replaceAll(new RegExp(`-${zone}(?=[^0-9a-z]|$)`, "g"), "-#");
    const key = `${general(id)} ${general(JSON.stringify(attributes))}`;
    const same = alike.get(key) ?? {
      path: general(id),
      attributes: JSON.parse(general(JSON.stringify(attributes))) as JsonObject,
      zones: [],
    };
    if (zone !== undefined) same.zones.push(Number(zone));
    alike.set(key, same);
  }
  return Object.fromEntries(
    [...alike.values()].map(({ path: at, attributes, zones }) => {
      const [first = 0] = zones;
      if (zones.length > 1) return [`${at}, # ${first} to ${zones.at(-1)}`, attributes];
      const again = (text: string) => (zones.length === 1 ? text.replaceAll("-#", `-${first}`) : text);
      return [again(at), JSON.parse(again(JSON.stringify(attributes))) as JsonObject];
    }),
  );
}

/** The object or list that a text is the JSON of; a text may also be a template that begins like one. */
function parsed(text: string): JsonValue | undefined {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `dev-cluster/cluster/network/vpc` without the stack and its one construct: `network/vpc`. */
function constructPath(resource: JsonObject): string {
  const { metadata } = resource["//"] as { metadata: { path: string } };
  return metadata.path.split("/").slice(2).join("/");
}

function constructPaths(stack: StackJson): Map<string, string> {
  const all = [stack.resource, stack.data].flatMap((part) => Object.values(part ?? {}));
  return new Map(
    all
      .flatMap((ofType) => Object.entries(ofType))
      .flatMap(([id, element]) => (element["//"] ? [[id, constructPath(element)] as const] : [])),
  );
}

/** `${aws_vpc.cluster_network_vpc_300AE977.id}` as `<network/vpc.id>`, and the output of another stack as what it is there. */
function shortReferences(text: string, paths: ReadonlyMap<string, string>, others: Stacks): string {
  return text.replaceAll(/\$\{([^{}]+)\}/g, (whole, inner: string) => {
    const remote = /^data\.terraform_remote_state\.cross-stack-reference-input-([\w-]+)\.outputs\.([\w-]+)$/.exec(
      inner,
    );
    const output = remote && others[remote[1] ?? ""]?.output[remote[2] ?? ""];
    if (output) return shortReferences(String(output.value), paths, others);
    const [, id = "", attribute = ""] = /^(?:data\.)?\w+\.([\w-]+)(.*)$/.exec(inner) ?? [];
    const at = paths.get(id);
    return at ? `<${at}${attribute}>` : whole;
  });
}

/** What Kubernetes and IAM write at length as one would say it, and without the tags that everything has. */
function shorten(value: JsonObject): JsonValue {
  const { name, value: setTo, Statement, tags, ...rest } = value;
  if (tags !== null && typeof tags === "object" && !Array.isArray(tags)) {
    const own = Object.entries(tags).filter(([key]) => !["Name", "Project", "Environment", "ManagedBy"].includes(key));
    return { ...value, tags: own.length > 0 ? Object.fromEntries(own) : undefined };
  }
  const short = shortImage(value) ?? shortResources(value) ?? secret(value) ?? wellKnown(value);
  if (short) return short;
  if (Array.isArray(Statement)) return Statement.map(shortStatement);
  // A parameter.
  if (typeof name !== "string" || Object.keys(rest).length > 0 || setTo === undefined) return value;
  return { [name]: setTo };
}

/** A list of environment variables as one object. */
function variables(list: readonly JsonValue[]): JsonValue | undefined {
  const entries = (list as readonly JsonObject[]).map((each) => {
    const { name, value, valueFrom, ...rest } = each ?? {};
    const set = typeof value === "string" ? (parsed(value) ?? value) : secret({ valueFrom });
    return typeof name === "string" && set !== undefined && Object.keys(rest).length === 0 ? [name, set] : undefined;
  });
  return list.length > 0 && entries.every((entry) => entry !== undefined) ? Object.fromEntries(entries) : undefined;
}

function secret(value: JsonObject): string | undefined {
  const { valueFrom, ...rest } = value;
  const from = valueFrom as { secretKeyRef?: { name: string; key: string } } | undefined;
  return from?.secretKeyRef && Object.keys(rest).length === 0
    ? `secret ${from.secretKeyRef.name} ${from.secretKeyRef.key}`
    : undefined;
}

/** What is written at length in many places and is always the same. */
function wellKnown(value: JsonObject): string | undefined {
  const text = JSON.stringify(value);
  if (text === '{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}}') return "restricted";
  if (text === '{"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"},"runAsUser":1000}')
    return "restricted, 1000";
  const namespace = /^\{"namespaceSelector":\{"matchLabels":\{"kubernetes.io\/metadata.name":"([\w-]+)"\}\}\}$/.exec(
    text,
  );
  return namespace ? `namespace ${namespace[1]}` : undefined;
}

/** A container's resources as `25m 128Mi, at most 1Gi`. */
function shortResources({ requests, limits, ...rest }: JsonObject): string | undefined {
  if (!requests || !limits || Object.keys(rest).length > 0) return undefined;
  const [asked, most] = [requests, limits].map((each) => Object.values(each).join(" "));
  return `${asked}, at most ${most}`;
}

/** An image as `repository:tag`, in whichever words a chart asks for it. */
function shortImage(value: JsonObject): string | undefined {
  const { registry, repository, name, tag, prefectTag, ...rest } = value;
  const [named, version] = [repository ?? name, tag ?? prefectTag];
  if (typeof named !== "string" || typeof version !== "string" || Object.keys(rest).length > 0) return undefined;
  return `${registry ? `${registry}/` : ""}${named}:${version}`;
}

/** A statement of a policy as a sentence: `Allow s3:GetObject on <bucket.arn>/* when ...`. */
function shortStatement(statement: JsonValue): string {
  const { Effect, Action, Principal, Resource, Condition } = statement as JsonObject;
  const words = (value: JsonValue | undefined): string => {
    if (Array.isArray(value)) return value.map(words).join(" ");
    return value !== null && typeof value === "object" ? Object.values(value).map(words).join(" ") : String(value);
  };
  const conditions = Object.entries((Condition ?? {}) as Record<string, JsonObject>).flatMap(([test, keys]) =>
    Object.entries(keys).map(([key, value]) => `${key} ${test === "StringEquals" ? "=" : test} ${words(value)}`),
  );
  return [
    String(Effect),
    Principal === undefined ? "" : `${words(Principal)}:`,
    words(Action),
    Resource === undefined ? "" : `on ${words(Resource)}`,
    conditions.length > 0 ? `when ${conditions.join(" and ")}` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

const width = 130;

/** Prints data with as few lines as fit in the width, so that a whole stack can be read in a review. */
export function compact(value: JsonValue | undefined, indent = ""): string {
  const line = inline(value);
  if (value === null || typeof value !== "object" || indent.length + line.length < width) return line;
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const entries = entriesOf(value);
  const [only] = entries;
  if (only && entries.length === 1 && typeof only[1] === "object") {
    return `${open}${only[0]}${compact(only[1], indent)}${close}`;
  }
  const deeper = `${indent}  `;
  // Short values share lines; what needs several lines of its own stands alone.
  const lines: string[] = [];
  for (const [key, each] of entries) {
    const item = `${key}${compact(each, deeper)},`;
    const last = lines.at(-1);
    const joins = last !== undefined && !last.includes("\n") && !item.includes("\n");
    if (joins && deeper.length + last.length + item.length < width) lines[lines.length - 1] = `${last} ${item}`;
    else lines.push(item);
  }
  // What closes stands at the end of the last line: lines of brackets alone say nothing.
  return `${open}\n${lines
    .map((each) => deeper + each)
    .join("\n")
    .replace(/,$/, "")}${close}`;
}

function inline(value: JsonValue | undefined): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "undefined";
  const text = entriesOf(value)
    .map(([key, each]) => key + inline(each))
    .join(", ");
  return Array.isArray(value) ? `[${text}]` : `{${text}}`;
}

/** What a list or an object holds, each with the key that is printed before it. */
function entriesOf(value: readonly JsonValue[] | JsonObject): [string, JsonValue | undefined][] {
  if (Array.isArray(value)) return value.map((each: JsonValue) => ["", each]);
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => [`${/^[\w./-]+$/.test(key) ? key : JSON.stringify(key)}: `, each]);
}

import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import { alike } from "./alike";
import { parsed, shorten, variables } from "./shorten";
import { shortPolicies } from "./shorten-policies";
import { constructPath, type StackJson, type Stacks } from "./synth";
import { together } from "./together";

/** `type path -> attributes`, as people would say it: documents parsed, references by path, order and life cycle left out. */
export function readable(stack: StackJson, others: Stacks = {}): Record<string, JsonObject> {
  const paths = new Map(Object.values(others).flatMap((other) => [...constructPaths(other)]));
  for (const [id, at] of constructPaths(stack)) paths.set(id, at);
  const tidy = (value: JsonValue | undefined): JsonValue | undefined => {
    if (Array.isArray(value))
      return shortPolicies(value) ?? variables(value) ?? value.map((each) => tidy(each) ?? null);
    if (typeof value === "string") {
      const document = parsed(value);
      return document === undefined ? shortReferences(value, paths, others) : tidy(document);
    }
    if (value === null || typeof value !== "object") return value;
    return shorten(Object.fromEntries(Object.entries(value as JsonObject).map(([key, each]) => [key, tidy(each)])));
  };
  const found: Record<string, JsonObject> = {};
  for (const [type, ofType] of Object.entries(withoutDigests(stack.resource ?? {}))) {
    for (const resource of Object.values(ofType)) {
      // What every release has, `platform.test.ts` says.
      const { "//": _, depends_on, lifecycle, chart, tag, atomic, max_history, timeout, ...others } = resource;
      const { upgrade_install, wait, wait_for_jobs, ...ofRelease } = others;
      const attributes = type === "aws_eks_addon" ? withoutWhatEveryAddOnHas(ofRelease) : ofRelease;
      const at = constructPath(resource);
      if (tag && !Array.isArray(tag)) {
        // One resource a tag of a scaling group: shown as the group's tags.
        const { key, value } = tag as JsonObject;
        const group = `${type} ${at.replace(/\/[^/]+$/, "")}`;
        found[group] = { ...found[group], [String(key)]: value };
        continue;
      }
      found[`${type} ${at}`] = {
        ...(tidy({ ...attributes, ...(tag ? { tag } : {}), ...decoded(attributes) }) as JsonObject),
        // Where a folder was copied to has a hash in it, which says nothing about what was meant.
        ...(chart === undefined ? {} : { chart: String(chart).replace(/^\.\/assets\/.*/, "(a folder of charts/)") }),
      };
    }
  }
  return alike(together(found));
}

/** Its version is the one that AWS recommends, and ours goes before what the cluster has: `kubernetes.tests.ts` says so. */
function withoutWhatEveryAddOnHas(addOn: JsonObject): JsonObject {
  const { cluster_name, addon_version, resolve_conflicts_on_create, resolve_conflicts_on_update, ...own } = addOn;
  return own;
}

/** What a machine is given at its start, as the text that it is: its first lines say what it does. */
function decoded({ user_data }: JsonObject): JsonObject {
  if (typeof user_data !== "string") return {};
  const [first = "", second = ""] = Buffer.from(user_data, "base64").toString("utf8").split("\n");
  return { user_data: `${first.startsWith("#!") ? second : first} ...` };
}

/** What images are built from changes with every lock, and says nothing about what was meant. */
function withoutDigests<T>(resources: T): T {
  return JSON.parse(JSON.stringify(resources).replaceAll(/\b[0-9a-f]{16}\b/g, "(digest)")) as T;
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
    if (at) return `<${at}${attribute}>`;
    // An expression, with what it is made of by path too.
    const tidy = inner.replaceAll(
      /\b(?:data\.)?aws_\w+\.([\w-]+)/g,
      (reference, each: string) => paths.get(each) ?? reference,
    );
    return tidy === inner ? whole : `<${tidy}>`;
  });
}

import { cannotHold } from "./cannot-hold";
import {
  type Block,
  blocks,
  type JsonObject,
  type JsonValue,
  pathOf,
  references,
  remove,
  type StackJson,
} from "./stack-json";

/** What a provider knows, as `terraform providers schema -json` prints it. */
export interface ProviderSchema {
  readonly resource_schemas: Readonly<Record<string, { readonly block: BlockSchema }>>;
  readonly data_source_schemas: Readonly<Record<string, { readonly block: BlockSchema }>>;
}
export interface BlockSchema {
  readonly attributes?: Readonly<Record<string, { readonly required?: boolean; readonly optional?: boolean }>>;
  readonly block_types?: Readonly<Record<string, { readonly block: BlockSchema; readonly min_items?: number }>>;
}

/** Something of the stack that is not rehearsed, and why. */
export interface LeftOut {
  /** The construct's path, with the argument where it is one. */
  readonly what: string;
  readonly reason: string;
}

export interface Fitted {
  readonly stack: StackJson;
  readonly resources: readonly LeftOut[];
  readonly arguments: readonly LeftOut[];
}

/** Arguments of Terraform itself, which no provider's schema lists. */
const meta = new Set(["//", "depends_on", "lifecycle", "provider", "count", "for_each", "provisioner", "connection"]);

/**
 * A copy of the stack without what cannot be rehearsed: what the emulator cannot hold, what the provider that is there
 * does not know, and what refers to either. Where an argument can be missed it alone goes, else its resource.
 *
 * @param schema of the provider that is there; undefined where it is the pinned one, which knows everything
 */
export function fitStack(original: StackJson, schema: ProviderSchema | undefined): Fitted {
  const stack = structuredClone(original);
  const resources: LeftOut[] = [];
  const args: LeftOut[] = [];
  const gone = new Set<string>();
  const drop = (block: Block, reason: string) => {
    remove(stack, block);
    gone.add(block.address);
    resources.push({ what: `${pathOf(block)} (${block.type})`, reason });
  };
  for (const block of blocks(stack)) {
    const known = block.kind === "data" ? schema?.data_source_schemas : schema?.resource_schemas;
    if (cannotHold[block.type]) drop(block, cannotHold[block.type] ?? "");
    else if (known && !known[block.type]) drop(block, "this provider does not know the type");
  }
  const schemaOf = ({ kind, type }: Pick<Block, "kind" | "type">) =>
    (kind === "data" ? schema?.data_source_schemas : schema?.resource_schemas)?.[type]?.block;
  if (schema)
    for (const block of blocks(stack)) {
      const known = schemaOf(block);
      if (known)
        for (const name of stripUnknown(block.body, known))
          args.push({ what: `${pathOf(block)}: ${name}`, reason: "this provider does not know the argument" });
    }
  // What is dropped may be what another refers to, so this goes on until nothing changes.
  const isGone = (value: JsonValue | undefined) =>
    references(value).find(({ address, attribute }) => gone.has(address) || !hasAttribute(address, attribute, schema));
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of blocks(stack)) {
      const after = block.body["depends_on"];
      if (Array.isArray(after)) block.body["depends_on"] = after.filter((each) => !gone.has(String(each)));
      for (const [name, value] of Object.entries(block.body)) {
        const missing = meta.has(name) ? undefined : isGone(value);
        if (!missing) continue;
        changed = true;
        const reason = `it refers to ${missing.address}${missing.attribute ? `.${missing.attribute}` : ""}, which is left out`;
        if (isOptional(schemaOf(block), name)) {
          delete block.body[name];
          args.push({ what: `${pathOf(block)}: ${name}`, reason });
        } else {
          drop(block, reason);
          break;
        }
      }
    }
  }
  for (const [name, output] of Object.entries(stack.output ?? {}))
    if (isGone(output["value"])) delete stack.output?.[name];
  return { stack, resources, arguments: args };
}

/** Removes what the schema does not know, and says what it was. */
function stripUnknown(body: JsonObject, schema: BlockSchema, prefix = ""): string[] {
  const removed: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (prefix === "" && meta.has(name)) continue;
    const nested = schema.block_types?.[name]?.block;
    if (nested) {
      for (const each of Array.isArray(value) ? value : [value])
        if (isObject(each)) removed.push(...stripUnknown(each, nested, `${prefix}${name}.`));
    } else if (!schema.attributes?.[name]) {
      delete body[name];
      removed.push(`${prefix}${name}`);
    }
  }
  if (prefix === "") forgetIgnored(body, schema);
  return [...new Set(removed)];
}

/** An argument that is not known cannot be ignored either. */
function forgetIgnored(body: JsonObject, schema: BlockSchema): void {
  const { lifecycle } = body;
  if (!isObject(lifecycle) || !Array.isArray(lifecycle["ignore_changes"])) return;
  lifecycle["ignore_changes"] = lifecycle["ignore_changes"].filter((each) => {
    const [name = ""] = String(each).split(/[.[]/);
    return schema.attributes?.[name] || schema.block_types?.[name];
  });
}

function hasAttribute(address: string, attribute: string | undefined, schema: ProviderSchema | undefined): boolean {
  if (!schema || !attribute) return true;
  const [first = "", second = ""] = address.split(".");
  const block = first === "data" ? schema.data_source_schemas[second]?.block : schema.resource_schemas[first]?.block;
  return !block || Boolean(block.attributes?.[attribute] ?? block.block_types?.[attribute]);
}

/** Without a schema nothing is known to be optional, so the resource goes whole. */
function isOptional(schema: BlockSchema | undefined, name: string): boolean {
  const attribute = schema?.attributes?.[name];
  return attribute
    ? attribute.optional === true
    : schema?.block_types?.[name] !== undefined && !schema.block_types[name]?.min_items;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

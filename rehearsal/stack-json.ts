/** JSON that is edited in place: a copy of a stack. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** A stack as Terraform reads it, as far as the rehearsal does. */
export interface StackJson {
  terraform: { required_providers: Record<string, { source: string; version?: string }>; backend?: JsonObject };
  provider?: Record<string, JsonObject[]>;
  data?: Record<string, Record<string, JsonObject>>;
  resource?: Record<string, Record<string, JsonObject>>;
  output?: Record<string, JsonObject>;
}

/** One block of the stack: a resource, or something that is read. */
export interface Block {
  readonly kind: "resource" | "data";
  readonly type: string;
  readonly name: string;
  /** `aws_vpc.main`, or `data.aws_region.here`. */
  readonly address: string;
  readonly body: JsonObject;
}

export function blocks(stack: StackJson): Block[] {
  return (["resource", "data"] as const).flatMap((kind) =>
    Object.entries(stack[kind] ?? {}).flatMap(([type, named]) =>
      Object.entries(named).map(([name, body]) => ({
        kind,
        type,
        name,
        address: `${kind === "data" ? "data." : ""}${type}.${name}`,
        body,
      })),
    ),
  );
}

export function remove(stack: StackJson, { kind, type, name }: Block): void {
  const named = stack[kind]?.[type];
  if (!named) return;
  delete named[name];
  // An empty type is no block at all, and Terraform says so.
  if (Object.keys(named).length === 0) delete stack[kind]?.[type];
}

/** The construct path of a block: how people know it. */
export function pathOf({ address, body }: Block): string {
  const { metadata } = (body["//"] ?? {}) as { metadata?: { path?: string } };
  return (metadata?.path ?? address).split("/").slice(1).join("/") || address;
}

/** What a value refers to: the addresses, each with the attribute that is read. */
export function references(value: JsonValue | undefined): { address: string; attribute?: string }[] {
  if (typeof value === "string") {
    // Inside templates, and whole in depends_on.
    const inside = /\$\{/.test(value) ? (value.match(/\$\{[^}]*\}/g) ?? []).join(" ") : value;
    if (!/\$\{/.test(value) && !/^(data\.)?aws_[a-z0-9_]+\.[\w-]+$/.test(value)) return [];
    return [...inside.matchAll(/((?:data\.)?aws_[a-z0-9_]+\.[\w-]+)(?:\.([a-z_0-9]+))?/g)].map(
      ([, address = "", attribute]) => ({ address, attribute }),
    );
  }
  if (Array.isArray(value)) return value.flatMap((each) => references(each));
  return value && typeof value === "object" ? Object.values(value).flatMap((each) => references(each)) : [];
}

import { type Cidr, parseCidr } from "./cidr";

/** A part of data of unknown shape. */
export function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      at !== null && typeof at === "object" && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

/** The block that a text names. */
export function block(value: unknown): Cidr | undefined {
  return typeof value === "string" ? parseCidr(value) : undefined;
}

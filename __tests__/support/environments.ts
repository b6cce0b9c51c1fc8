import dev from "../../environments/dev";
import existing from "../../environments/existing";
import prod from "../../environments/prod";

/** Environments as plain data, for tests to break. */
export const inputs = {
  dev: () => structuredClone<unknown>(dev),
  existing: () => structuredClone<unknown>(existing),
  prod: () => structuredClone<unknown>(prod),
};

/** An AWS environment that people reach by kubectl alone. */
export const withoutDomain = (input: unknown) =>
  changed(changed(input, "domain", { mode: "none" }), "identity", { mode: "none" });

/**
 * Data with one part changed.
 *
 * @param path keys from the top, joined by dots
 * @param value the part's new value; undefined takes it away
 */
export function changed(input: unknown, path: string, value: unknown): unknown {
  const copy = structuredClone(input) as Record<string, unknown>;
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at = copy;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

import { inspect } from "node:util";
import type { z } from "zod";

/** Input that cannot be used: every problem of it, in one message. */
export class InvalidInputError extends Error {
  constructor(
    what: string,
    readonly problems: readonly string[],
  ) {
    super(
      `${what}: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
    this.name = "InvalidInputError";
  }
}

/** Checks a value and returns it, or every problem with its path, the value given, and the remedy. */
export function check<S extends z.ZodType>(
  schema: S,
  input: unknown,
  path: string,
): { value: z.output<S>; problems: string[] } | { value: undefined; problems: string[] } {
  const result = schema.safeParse(input, { reportInput: true, error: (issue) => remedy(issue) });
  if (result.success) return { value: result.data, problems: [] };
  return { value: undefined, problems: result.error.issues.map((issue) => describe(issue, input, path)) };
}

function describe(issue: z.core.$ZodIssue, input: unknown, root: string): string {
  const path = [root, ...issue.path].filter((part) => part !== "").join(".");
  if (issue.code === "unrecognized_keys") return `${path}: ${issue.message}`;
  let value: unknown = input;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value === undefined ? `${path} is missing; ${issue.message}` : `${path} is ${show(value)}; ${issue.message}`;
}

function show(value: unknown): string {
  const text = written(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** As JSON, or as JavaScript shows it where JSON has no word for it: a large number, an object within itself. */
function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? inspect(value);
  } catch {
    return inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY });
  }
}

const typeNames: Readonly<Record<string, string>> = { array: "a list", int: "a whole number", object: "an object" };

/** The remedy where a schema does not state its own. */
function remedy(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `give ${typeNames[issue.expected] ?? `a ${issue.expected}`}`;
    case "unrecognized_keys": {
      const shape = (issue.inst as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape ?? {};
      const known = Object.keys(shape).join(", ") || "none";
      return `unknown ${issue.keys.length > 1 ? "keys" : "key"} ${issue.keys.map((k) => `"${k}"`).join(", ")}; remove it, or use one of: ${known}`;
    }
    case "invalid_value":
      return `use ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "too_small":
      return `use ${issue.minimum} or more${issue.origin === "array" || issue.origin === "string" ? " (its length)" : ""}`;
    case "too_big":
      return `use ${issue.maximum} or less${issue.origin === "array" || issue.origin === "string" ? " (its length)" : ""}`;
    case "invalid_union": {
      const options = (issue as { options?: readonly unknown[] }).options;
      return options
        ? `use ${options.map((value) => JSON.stringify(value)).join(" or ")}`
        : "use one of the allowed forms";
    }
    default:
      return `fix the ${issue.code.replaceAll("_", " ")}`;
  }
}

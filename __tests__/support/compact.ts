import type { JsonObject, JsonValue } from "../../constructs/contracts/json";

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

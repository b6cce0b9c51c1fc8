import type { JsonObject, JsonValue } from "../../constructs/contracts/json";

/** Texts in which two resources may differ and still be shown as one. */
const atMost = 4;

interface Shown {
  readonly type: string;
  readonly paths: string[];
  /** Everything but the texts: what is shown together must agree in it. */
  readonly shape: string;
  /** The texts of each resource, in one order. */
  readonly texts: string[][];
  readonly attributes: JsonObject;
}

/**
 * Resources of one type that differ in a few texts are shown once, with each of those texts as `one | other`, in the
 * order of their paths: a group of nodes in three zones, or three buckets, are read once. What a resource says of itself
 * and of its neighbours is `<~...>` and `<./...>`, so that it is the same text in each.
 */
export function alike(found: Readonly<Record<string, JsonObject>>): Record<string, JsonObject> {
  const shown: Shown[] = [];
  for (const [id, attributes] of Object.entries(found)) {
    const [type = "", path = ""] = id.split(" ");
    const own = ownWords(attributes, path);
    const texts = textsOf(own);
    const shape = JSON.stringify(mapTexts(own, () => ""));
    const same = shown.find((each) => each.type === type && each.shape === shape && differ(each, texts) <= atMost);
    if (same) {
      same.paths.push(path);
      same.texts.push(texts);
    } else shown.push({ type, paths: [path], shape, texts: [texts], attributes: own });
  }
  return Object.fromEntries(
    shown.map(({ type, paths, texts, attributes }) => {
      let at = -1;
      const all = mapTexts(attributes, () => {
        at += 1;
        const values = texts.map((each) => each[at] ?? "");
        return new Set(values).size === 1 ? (values[0] ?? "") : values.join(" | ");
      });
      return [`${type} ${paths.join(" | ")}`, all as JsonObject];
    }),
  );
}

/** In how many places the texts would differ, were these shown with the others. */
function differ({ texts }: Shown, more: readonly string[]): number {
  return more.filter((text, at) => texts.some((each) => each[at] !== text)).length;
}

function ownWords(attributes: JsonObject, path: string): JsonObject {
  const parent = path.includes("/") ? path.replace(/[^/]+$/, "") : "/";
  return mapTexts(attributes, (text) =>
    text.replaceAll(`<${path}.`, "<~.").replaceAll(`<${path}>`, "<~>").replaceAll(`<${parent}`, "<./"),
  ) as JsonObject;
}

function textsOf(value: JsonValue | undefined): string[] {
  const texts: string[] = [];
  mapTexts(value, (text) => {
    texts.push(text);
    return text;
  });
  return texts;
}

function mapTexts(value: JsonValue | undefined, change: (text: string) => string): JsonValue | undefined {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each: JsonValue) => mapTexts(each, change) ?? null);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)]));
}

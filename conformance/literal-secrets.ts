import type { JsonValue } from "../constructs/contracts/json";

/** A text of a document that looks like a secret, with its path. */
export interface Finding {
  readonly at: string;
  readonly because: string;
}

/** Keys under which a value would be a secret. Names of secrets and of their keys are none. */
const secretKey = /(password|passwd|token|secret|apiKey|private[-_]?key|access[-_]?key|auth[-_]?string|credentials?)$/i;
const namesOne = /^(existing|valueFrom)|(name|ref|key|class|path)$/i;
/** What may stand under such a key: nothing, a switch, a reference to be filled in, or the words of a format. */
const harmless = /^$|^(true|false|alphanumeric|hex32)$|^\$\{[^}]+\}$|^\{\{.*\}\}$|^\$\([\w:.-]+\)$/;
/** The name of a Kubernetes object, where a key `secret` says which one: words with a dash between them. */
const objectName = /^[a-z]+(-[a-z0-9]+)+$/;

/** Digests: an image's, a lock's, what a folder was copied to. They are made of what everybody may read. */
const digest = /sha(256|384|512)[:-][A-Za-z0-9+/=]+|assets\/[\w.-]+\/[0-9A-F]{32}\b|arn:aws[\w-]*:[^\s"]+/g;
/** What could be a generated value: long enough, of letters and digits in one piece. */
const candidate = /[A-Za-z0-9+]{20,}={0,2}/g;

/**
 * What looks like a secret in a document: a text under a key that says so, or one that is too random to be a word.
 * Documents inside of texts (Helm's values, policies) are looked at as documents.
 */
export function literalSecrets(value: JsonValue | undefined, at = ""): Finding[] {
  if (typeof value === "string") {
    const document = parsed(value);
    return document === undefined ? randomIn(value, at) : literalSecrets(document, at);
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = at ? `${at}.${key}` : key;
    const named = secretKey.test(key) && !namesOne.test(key);
    const isName =
      key === "secret" && typeof inner === "string" && objectName.test(inner) && randomIn(inner, "").length === 0;
    if (named && typeof inner === "string" && !isName && !harmless.test(inner))
      return [{ at: path, because: `a text stands under ${key}` }];
    return literalSecrets(inner as JsonValue | undefined, path);
  });
}

function randomIn(given: string, at: string): Finding[] {
  const text = decoded(given) ?? given;
  const found = text.replaceAll(digest, "").match(candidate) ?? [];
  return found.filter(isRandom).map((each) => ({ at, because: `${each.slice(0, 4)}... is too random to be a word` }));
}

/**
 * Whether a text is as random as what generators make: as many bits a character as a random text of its length has, with
 * some room, and letters mixed with digits all along.
 */
export function isRandom(text: string): boolean {
  const hex = /^[0-9a-f]{32,}$/.test(text);
  const changes = text.match(/[A-Za-z](?=\d)|\d(?=[A-Za-z])/g)?.length ?? 0;
  if (hex) return bitsPerCharacter(text) > 2.5 && changes >= 4;
  return bitsPerCharacter(text) > 3.5 && changes >= 4 && /[a-z]/.test(text) && /[A-Z]/.test(text);
}

/** Shannon's entropy of a text. */
function bitsPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** The text that base64 holds, such as what a machine runs at its start; undefined where it holds none. */
function decoded(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/]{40,}={0,2}$/.test(text)) return undefined;
  const inner = Buffer.from(text, "base64").toString("utf8");
  return /^[\t\n\r\x20-\x7e]+$/.test(inner) ? inner : undefined;
}

function parsed(text: string): JsonValue | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

import type { ImageReference } from "./contracts/cluster-profile";

/** Splits `registry:port/repository:tag` at the tag. */
export function imageReference(text: string): ImageReference {
  const colon = text.lastIndexOf(":");
  return { repository: text.slice(0, colon), tag: text.slice(colon + 1) };
}

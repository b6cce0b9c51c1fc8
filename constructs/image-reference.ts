import type { ImageReference } from "./contracts/cluster-profile";

/** Splits `registry:port/repository:tag` at the tag. */
export function imageReference(text: string): ImageReference {
  const colon = text.lastIndexOf(":");
  return { repository: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** An image as charts take it that join registry, repository and tag themselves. */
export interface RegistryImage {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

/** Splits `registry:port/repository` at the registry. */
export function inRegistry({ repository, tag }: ImageReference): RegistryImage {
  const [registry = "", ...rest] = repository.split("/");
  return { registry, repository: rest.join("/"), tag };
}

import type { Part } from "../../contracts/foundation";
import type { Published } from "../../contracts/published";

/** A published host, and the namespace of what is behind it. */
export interface PublishedHost extends Published {
  readonly namespace: string;
}

/** All that the parts of a platform publish. */
export function publishedHosts(parts: readonly Part[]): PublishedHost[] {
  return parts.flatMap(({ name, published = [] }) => published.map((each) => ({ ...each, namespace: name })));
}

/** The name that people call a host by. */
export function hostname({ host }: Pick<Published, "host">, domain: string): string {
  return `${host}.${domain}`;
}

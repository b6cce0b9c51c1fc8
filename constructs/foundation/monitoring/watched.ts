import type { Part } from "../../contracts/foundation";
import { foundationNamespace } from "../../contracts/names";
import type { Role } from "../../contracts/offers";

/** The namespaces that dashboards and alerts speak of. In a cluster that others share, theirs are no business of these. */
export interface Watched {
  /** All of the platform's, as a regular expression. */
  readonly all: string;
  of(role: Role): string;
}

export function watched(parts: readonly Part[]): Watched {
  return {
    all: [foundationNamespace, ...parts.map(({ name }) => name)].join("|"),
    of(role) {
      const found = parts.find((part) => part.role === role);
      if (!found) throw new Error(`no component plays ${role}, so nothing can be watched of it`);
      return found.name;
    },
  };
}

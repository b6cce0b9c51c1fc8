/**
 * People's homes, as the component that makes them says it: a volume a person, claimed in its namespace when they first come.
 * Whoever keeps copies finds claims by it, and makes one anew for a home that is restored where there is none.
 */
export interface Homes {
  /** Labels of the claims, which no other claim of the namespace has together. */
  readonly labels: Readonly<Record<string, string>>;
  /** The annotation of a claim that says whose it is. */
  readonly owner: string;
  /** The user and the group of the files, as numbers. */
  readonly user: number;
  readonly group: number;
}

/** Homes, and the namespace in which they are. */
export interface HomesIn extends Homes {
  readonly namespace: string;
}

/** The homes of a platform; undefined where no component makes any. */
export function homesOf(components: readonly { readonly name: string; readonly homes?: Homes }[]): HomesIn | undefined {
  const found = components.find(({ homes }) => homes);
  return found?.homes && { ...found.homes, namespace: found.name };
}

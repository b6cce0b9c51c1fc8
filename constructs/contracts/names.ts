/** Where the foundation's own objects live. */
export const foundationNamespace = "open-mlops";

/** A component's database and user share a name, without characters that SQL would need quoted. */
export function databaseUser(component: string): string {
  return component.replaceAll("-", "_");
}

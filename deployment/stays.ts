import { databaseUser } from "../constructs/contracts/names";
import type { ClusterEnvironment } from "./synthesize";

/**
 * What a destroy does not touch because it was there before, or must outlive it, and now holds something of the
 * environment: for people to keep, or to delete themselves.
 */
export function whatStays(environment: ClusterEnvironment): string[] {
  if (environment.place === "aws") {
    const { state } = environment;
    return state.mode === "s3" ? [`the bucket ${state.bucket}: it remembers what Terraform has made`] : [];
  }
  const { database, objectStore, components, foundation } = environment;
  const names = [...foundation, ...components]
    .filter(({ needs }) => needs.database)
    .map(({ name }) => databaseUser(name));
  return [
    ...(database.mode === "postgres" && names.length > 0
      ? [
          `on the server ${database.host}, the databases ${names.join(", ")}, and a user of each name: \`DROP DATABASE\` and \`DROP ROLE\` remove them`,
        ]
      : []),
    ...(objectStore.mode === "s3"
      ? [`what was written into the buckets ${[...new Set(Object.values(objectStore.buckets))].join(", ")}`]
      : []),
  ];
}

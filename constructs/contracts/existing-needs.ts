import { field } from "./field";
import type { Part } from "./foundation";
import { dataBucket } from "./needs";

/**
 * What components need of an object store that is there, and an environment does not say: a bucket for each need and
 * an identity for each service account that opens one. What is said and nobody needs is a slip of the pen.
 *
 * @param complete whether every chosen component is known; only then can something be needless
 */
export function unansweredNeeds(
  input: unknown,
  components: readonly Part[],
  complete: boolean,
  label: string,
): string[] {
  const store = field(input, "objectStore");
  if (field(store, "mode") !== "s3") return [];
  const at = `${label}.objectStore`;
  const accounts = bucketAccounts(components);
  const identities = field(store, "identities");
  const answers = {
    buckets: { path: `${at}.buckets`, given: field(store, "buckets"), needed: bucketNeeds(components), all: true },
    secrets: { path: `${at}.identities.secrets`, given: field(identities, "secrets"), needed: accounts, all: true },
    irsa: { path: `${at}.identities.roles`, given: field(identities, "roles"), needed: accounts, all: true },
    "workload-identity": {
      path: `${at}.identities.annotations`,
      given: field(identities, "annotations"),
      needed: accounts,
      // The cluster may know its accounts by itself.
      all: false,
    },
  };
  const mode = field(identities, "mode");
  return [
    answers.buckets,
    ...(mode === "secrets" || mode === "irsa" || mode === "workload-identity" ? [answers[mode]] : []),
  ].flatMap(({ path, given, needed, all }) => {
    if (given === null || typeof given !== "object") return [];
    const missing = all ? needed.filter((key) => !Object.hasOwn(given, key)) : [];
    const needless = complete ? Object.keys(given).filter((key) => !needed.includes(key)) : [];
    return [
      ...missing.map((key) => `${path} has no "${key}", which the components need; add it`),
      ...needless.map(
        (key) => `${path} has "${key}", which nothing needs; remove it, or use one of: ${needed.join(", ")}`,
      ),
    ];
  });
}

/** The key of a bucket in an environment: `data`, or `component/name`. */
export function bucketKey(bucket: string, component?: string): string {
  return component === undefined ? bucket : `${component}/${bucket}`;
}

/** The key of a service account in an environment. */
export function accountKey(component: string, account: string): string {
  return `${component}/${account}`;
}

/** Every bucket that components need, by its key. */
export function bucketNeeds(components: readonly Pick<Part, "name" | "needs">[]): string[] {
  return [
    dataBucket,
    ...components.flatMap(({ name, needs }) => (needs.buckets ?? []).map((bucket) => bucketKey(bucket, name))),
  ];
}

/** Every service account that opens a bucket, by its key. */
export function bucketAccounts(components: readonly Pick<Part, "name" | "needs">[]): string[] {
  return components.flatMap(({ name, needs }) =>
    (needs.serviceAccounts ?? []).filter((a) => a.buckets.length > 0).map((a) => accountKey(name, a.name)),
  );
}

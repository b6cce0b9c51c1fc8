import type { JsonValue } from "../../constructs/contracts/json";
import { stayingPod } from "../../constructs/foundation/pods";
import { everyValue, isObject, mergedValues, type Rule, runsPeoplesCode, valueAt, valuesText } from "../rule";

/** Whether a chart is told to bring the database to the version of its tool. Prefect's server does unless told not to. */
const migrates: Readonly<Record<string, (values: JsonValue) => boolean>> = {
  mlflow: (values) => valueAt(values, "backendStore", "databaseMigration") === true,
  jupyterhub: (values) => valueAt(values, "hub", "db", "upgrade") === true,
  "prefect-server": (values) => !/MIGRATE_ON_START","value":"false/i.test(JSON.stringify(values)),
};

export const noDowntime: readonly Rule[] = [
  {
    id: "rolled-back",
    of: "all parts",
    commandment: "no downtime",
    says: "an upgrade waits until its pods are ready, and one that fails is rolled back and can be run again",
    check: ({ releases }) =>
      releases
        .filter(({ atomic, wait, upgradeInstall }) => !(atomic && wait && upgradeInstall))
        .map(({ name }) => `${name} is not`),
  },
  {
    id: "people-stay",
    commandment: "no downtime",
    says: "a node is not emptied while people's code runs on it",
    check: (subject) =>
      runsPeoplesCode(subject)
        ? Object.keys(stayingPod)
            .filter((annotation) => !valuesText(subject).includes(annotation))
            .map((annotation) => `its pods do not carry ${annotation}`)
        : undefined,
  },
  {
    id: "one-at-a-time",
    of: "all parts",
    commandment: "no downtime",
    says: "what runs more than once is taken one at a time when nodes are emptied, and what runs once holds no node",
    check: ({ releases }) => {
      const told = releases.flatMap((release) => {
        const values = everyValue(mergedValues(release)).filter(({ at }) => !/userPlaceholder/.test(at));
        const counts = values.flatMap(({ key, value }) =>
          /^replica(s|Count)$/.test(key) && typeof value === "number" ? [value] : [],
        );
        const held = values.some(isDisruptionBudget);
        return counts.length > 0 || held ? [{ name: release.name, most: Math.max(1, ...counts), held }] : [];
      });
      if (told.length === 0) return undefined;
      return told.flatMap(({ name, most, held }) => {
        if (most > 1 && !held) return [`${name} runs ${most} times, and all may be taken at once`];
        if (most === 1 && held) return [`${name} runs once, and its disruption budget holds the node it is on`];
        return [];
      });
    },
  },
  {
    id: "migrates-itself",
    commandment: "no downtime",
    says: "where it has a database, an upgrade brings the schema along: nobody has to stop it and do it by hand",
    check: ({ component, releases }) => {
      if (!component.needs.database) return undefined;
      const known = releases.filter(({ chart }) => migrates[chart]);
      if (known.length === 0) return [`nothing is known of how ${component.name} migrates its database`];
      return known
        .filter((release) => !migrates[release.chart]?.(mergedValues(release)))
        .map(({ name }) => `${name} does not migrate its database`);
    },
  },
  {
    id: "after-what-it-consumes",
    commandment: "no downtime",
    says: "it is installed and upgraded when all that it consumes is up",
    check: ({ component, platform, releases }) => {
      if (component.consumes.length === 0) return undefined;
      const names = platform.components.filter(({ role }) => component.consumes.includes(role)).map(({ name }) => name);
      const before = platform.releases.filter(({ namespace }) => names.includes(namespace));
      return releases.flatMap(({ name, dependsOn = [] }) =>
        before
          .filter(({ address }) => !dependsOn.includes(address))
          .map((other) => `${name} does not wait for ${other.name}`),
      );
    },
  },
];

/** An object of the kind, or a chart's own word for one. */
function isDisruptionBudget({ key, value }: { readonly key: string; readonly value: JsonValue }): boolean {
  if (key === "kind") return value === "PodDisruptionBudget";
  return /(pdb|podDisruptionBudget)$/i.test(key) && isObject(value) && value["enabled"] !== false;
}

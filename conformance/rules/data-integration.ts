import { dataVariable } from "../../constructs/contracts/offers";
import { secretNames } from "../../constructs/foundation/secrets";
import { everyValue, isObject, labProcesses, type Rule, runsPeoplesCode, valuesText } from "../rule";

/** Databases and stores that charts bring along, by the names of their subcharts. */
const subcharts = ["postgresql", "mysql", "mariadb", "minio", "redis"];

export const dataIntegration: readonly Rule[] = [
  {
    id: "shared-data",
    commandment: "data integration",
    says: "people's code in its pods is told where the shared data is, and may open it",
    check: (subject) => {
      if (!runsPeoplesCode(subject)) return undefined;
      const accounts = (subject.component.needs.serviceAccounts ?? []).filter(({ runsPeoplesCode }) => runsPeoplesCode);
      return [
        ...(valuesText(subject).includes(dataVariable) ? [] : [`its pods do not get ${dataVariable}`]),
        ...accounts.filter(({ buckets }) => !buckets.includes("data")).map(({ name }) => `${name} may not open it`),
      ];
    },
  },
  {
    id: "shared-data-here",
    commandment: "data integration",
    says: "people's code on this machine is told where the shared data is by the same variable",
    check: (subject) => {
      if (!runsPeoplesCode(subject) || "unavailable" in subject.lab) return undefined;
      const text = JSON.stringify(labProcesses(subject).map(({ env }) => env));
      return text.includes(dataVariable) ? [] : [`its processes do not get ${dataVariable}`];
    },
  },
  {
    id: "buckets-by-variables",
    commandment: "data integration",
    says: "pods that open buckets find the store and its keys by the variables that every S3 client reads",
    check: (subject) => {
      const { component, platform } = subject;
      const accounts = (component.needs.serviceAccounts ?? []).filter(({ buckets }) => buckets.length > 0);
      if (accounts.length === 0) return undefined;
      const text = valuesText(subject);
      return accounts.flatMap(({ name }) => {
        const { env, secretEnv } = platform.cluster.bucketAccess(component.name, name);
        const names = [...Object.keys(env), ...Object.keys(secretEnv)];
        return [
          ...names.filter((each) => !each.startsWith("AWS_")).map((each) => `${each} is read by no S3 client`),
          ...Object.keys(env)
            .filter((each) => !text.includes(each))
            .map((each) => `pods of ${name} do not get ${each}`),
          // Some charts set the variables themselves, from a secret that they are told.
          ...Object.entries(secretEnv)
            .filter(([, { name: secret }]) => !text.includes(secret))
            .map(([each, { name: secret }]) => `pods of ${name} do not get ${each} of ${secret}`),
        ];
      });
    },
  },
  {
    id: "no-store-along",
    commandment: "data integration",
    says: "what it records is in the platform's Postgres and buckets, and it brings no store of its own along",
    check: (subject) => {
      const { component, releases } = subject;
      const along = releases.flatMap(({ name, values }) =>
        values.flatMap((value) =>
          everyValue(value)
            .filter(({ key, value: set }) => subcharts.includes(key) && isObject(set) && set["enabled"] === true)
            .map(({ at }) => `${name} brings ${at}`),
        ),
      );
      const secret = secretNames.database(component.name);
      const opened = !component.needs.database || valuesText(subject).includes(secret);
      return [...along, ...(opened ? [] : [`it does not open its database by ${secret}`])];
    },
  },
];

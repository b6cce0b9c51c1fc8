import type { Role } from "../../constructs/contracts/offers";
import { dataVariable } from "../../constructs/contracts/offers";
import { type Rule, runsPeoplesCode, valuesText } from "../rule";

/** The whole contract of people's code with the platform, by who offers it. */
const contract: Readonly<Record<Role, readonly string[]>> = {
  notebooks: [],
  tracking: ["MLFLOW_TRACKING_URI"],
  workflow: ["PREFECT_API_URL", "PREFECT_DEFAULT_WORK_POOL_NAME"],
  serving: ["OPEN_MLOPS_SERVING_TARGET"],
  compute: ["DASK_GATEWAY__ADDRESS", "DASK_GATEWAY__PROXY_ADDRESS", "DASK_GATEWAY__AUTH__TYPE"],
};

export const standard: readonly Rule[] = [
  {
    id: "contract",
    commandment: "standard",
    says: "it offers exactly the variables of its role, so that another tool can take its place",
    check: ({ component: { role }, platform }) => {
      const given = Object.keys(platform.offers[role].clientEnv);
      return [
        ...contract[role].filter((name) => !given.includes(name)).map((name) => `it does not give ${name}`),
        ...given
          .filter((name) => !contract[role].includes(name))
          .map((name) => `it gives ${name}, which its role does not`),
      ];
    },
  },
  {
    id: "knows-what-it-consumes",
    commandment: "standard",
    says: "its values name no other tool's address but those it consumes and where tokens are verified",
    check: (subject) => {
      const { component, platform } = subject;
      const text = valuesText(subject);
      return platform.components
        .filter((other) => other.name !== component.name && !component.consumes.includes(other.role))
        .filter((other) => !(component.needs.signIn && other.signIn))
        .filter((other) => new RegExp(`://[\\w.-]*\\.${other.name}(?![\\w-])`).test(text))
        .map((other) => `it names an address of ${other.name}`);
    },
  },
  {
    id: "found-by-variables",
    commandment: "any language",
    says: "people's code in its pods finds every offer it consumes by a variable of the environment, in whatever language",
    check: (subject) => {
      if (!runsPeoplesCode(subject)) return [];
      const text = valuesText(subject);
      const wanted = subject.component.consumes.flatMap((role) => contract[role]);
      return wanted.filter((name) => !text.includes(name)).map((name) => `its pods do not get ${name}`);
    },
  },
  {
    id: "shared-data",
    commandment: "data integration",
    says: "people's code in its pods is told where the shared data is, and may open it",
    check: (subject) => {
      if (!runsPeoplesCode(subject)) return [];
      const accounts = (subject.component.needs.serviceAccounts ?? []).filter(({ runsPeoplesCode }) => runsPeoplesCode);
      return [
        ...(valuesText(subject).includes(dataVariable) ? [] : [`its pods do not get ${dataVariable}`]),
        ...accounts.filter(({ buckets }) => !buckets.includes("data")).map(({ name }) => `${name} may not open it`),
      ];
    },
  },
];

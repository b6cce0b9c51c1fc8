import { z } from "zod";
import type { JsonValue } from "../../constructs/contracts/json";
import { priorities } from "../../constructs/foundation/scheduling/priorities";
import { peoplesPods } from "../peoples-pods";
import { everyValue, isForeign, isObject, manifestsOf, mergedValues, type Rule, runsPeoplesCode } from "../rule";
import type { ReleaseFacts } from "../subject";

export const scale: readonly Rule[] = [
  {
    id: "asks-for-memory",
    of: "all parts",
    commandment: "scale",
    says: "it says what its pods are guaranteed, and memory has a limit wherever it says so",
    check: ({ releases }) => {
      const found = releases.flatMap(guaranteesIn);
      const unlimited = found.filter(({ set }) => !hasLimit(set)).map(({ at }) => `${at} has no limit of memory`);
      return found.length > 0 ? unlimited : ["its values guarantee nothing to its pods"];
    },
  },
  {
    id: "bounded-options",
    commandment: "scale",
    says: "every number that an environment may give it has a bound below and above, so a slip of the pen is not built",
    check: ({ definition }) => {
      const schema = z.toJSONSchema(definition.options, { io: "input", unrepresentable: "any" });
      const numbers = numbersOf(schema as JsonValue);
      return numbers.length > 0
        ? numbers.filter(({ schema: each }) => !isBounded(each)).map(({ at }) => `${at} has no bounds`)
        : undefined;
    },
  },
  {
    id: "people-are-limited",
    commandment: "scale",
    says: "each pod of people's code has a limit of memory, so that one person's mistake is not everybody's",
    check: (subject) =>
      runsPeoplesCode(subject)
        ? peoplesPods(subject).flatMap(({ release, memoryLimits }) => {
            const unlimited = memoryLimits.filter((limit) => limit === undefined || limit === null);
            if (memoryLimits.length === 0) return [`${release}: no memory of its people's pods is known`];
            return unlimited.map(() => `${release}: people's pods have no limit of memory`);
          })
        : undefined,
  },
  {
    id: "has-a-priority",
    commandment: "scale",
    says: "the pods that it starts for people say whose room comes first, and name no class that the platform does not make",
    check: (subject) => {
      const { startsForPeople: starts } = subject.component;
      const named = priorityNames(subject.releases);
      const unknown = named.filter((name) => !madeClasses(subject.platform.releases).includes(name));
      const missing = (starts?.makes === "deployments" ? [] : (starts?.priorities ?? [])).filter(
        (name) => !named.includes(name),
      );
      if (named.length + unknown.length + missing.length === 0) return undefined;
      return [
        ...unknown.map((name) => `there is no priority class ${name}`),
        ...missing.map((name) => `none of its pods has the priority ${name}`),
      ];
    },
  },
  {
    id: "comes-before-people",
    of: "all parts",
    commandment: "scale",
    says: "what it installs names a class that comes before people's, so nobody's server or model ends it",
    check: ({ component, releases, platform }) => {
      const made = madeClasses(platform.releases);
      const { tools, foundation, copies } = priorities;
      const charts = releases
        .filter(
          (release) => isForeign(release) && guaranteesIn(release).length > 0 && !hasNoClass.includes(release.chart),
        )
        .map((release) => ({ what: release.name, named: priorityNames([release]), wanted: [tools, foundation] }));
      const objects = manifestsOf(releases)
        .filter(({ kind }) => podMakers.includes(kind))
        .map(({ kind, metadata, spec = {} }) => ({
          what: `${kind} ${metadata.name}`,
          named: classNames(spec),
          // What is made like it for people is people's.
          wanted: [tools, foundation, copies, ...(component.startsForPeople?.priorities ?? [])],
        }));
      const all = [...charts, ...objects];
      if (all.length === 0) return undefined;
      return all
        .filter(({ named, wanted }) => !named.some((name) => made.includes(name) && wanted.some((one) => one === name)))
        .map(({ what }) => `${what} names no class that comes before people's`);
    },
  },
  {
    id: "idle-ends",
    commandment: "scale",
    says: "what people start ends when it is idle or done, and frees its node",
    check: (subject) =>
      runsPeoplesCode(subject)
        ? peoplesPods(subject)
            .filter(({ ends }) => !ends)
            .map(({ release }) => `${release}: nothing ends what people start`)
        : undefined,
  },
];

/** The numbers among options, however deep, with the names that lead to them. */
function numbersOf(schema: JsonValue | undefined, at = ""): { at: string; schema: { [key: string]: unknown } }[] {
  if (!isObject(schema)) return [];
  const { type, properties, items } = schema;
  if (type === "number" || type === "integer") return [{ at, schema }];
  const inner = isObject(properties) ? Object.entries(properties) : [];
  return [
    ...inner.flatMap(([key, each]) => numbersOf(each, at ? `${at}.${key}` : key)),
    ...numbersOf(items as JsonValue | undefined, at),
  ];
}

/** What every whole number of JavaScript is held to is no bound. */
function isBounded({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: { [key: string]: unknown }): boolean {
  const real = (bound: unknown) => typeof bound === "number" && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  return [minimum, exclusiveMinimum].some(real) && [maximum, exclusiveMaximum].some(real);
}

/** In Kubernetes' words, or in those of a chart that has its own. */
function isGuarantee(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  const { requests } = value;
  // What a volume asks for is room on a disk.
  return "memoryRequest" in value || (isObject(requests) && !("storage" in requests));
}

function hasLimit(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  const { limits } = value;
  return "memoryRequest" in value || (isObject(limits) && limits["memory"] !== undefined);
}

/** Charts that give their own pods no class, and have no value for one: they have 0, which is above people's too. */
const hasNoClass: readonly string[] = ["dask-gateway"];

/** Kinds of objects that pods are made of. */
const podMakers: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "EnvoyProxy"];

/** What a release guarantees to pods, and where it says so. */
function guaranteesIn({ name, values }: ReleaseFacts): { at: string; set: JsonValue }[] {
  return values.flatMap((value) =>
    everyValue(value)
      .filter(({ key, value: set }) => key === "resources" && isGuarantee(set))
      .map(({ at, value: set }) => ({ at: `${name}: ${at}`, set })),
  );
}

/** The priority classes that releases name. */
function priorityNames(releases: readonly ReleaseFacts[]): string[] {
  return classNames(releases.map(mergedValues));
}

/** The priority classes that values name, in Kubernetes' words, in KubeSpawner's, or in a template that is a text. */
function classNames(values: JsonValue): string[] {
  const text = JSON.stringify(values).replaceAll("\\", "");
  return [
    ...new Set(
      [...text.matchAll(/"(?:priorityClassName|priority_class_name)":"([^"]+)"/g)].map(([, name = ""]) => name),
    ),
  ];
}

/** The priority classes that a platform makes. */
function madeClasses(releases: readonly ReleaseFacts[]): string[] {
  return manifestsOf(releases).flatMap(({ kind, metadata }) => (kind === "PriorityClass" ? [metadata.name] : []));
}

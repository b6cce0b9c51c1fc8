import { everyValue, isObject, manifestsOf, mergedValues, valueAt } from "../../conformance/rule";
import type { JsonValue } from "../../constructs/contracts/json";
import type { ValidatingAdmissionPolicy } from "../../constructs/foundation/admission/policy";
import type { SynthesizedPlatform } from "../support/platform";
import { allVariants } from "../support/variants";

/** What tools give people's pods, against what the API server lets through. What it then does, the cluster suite tries. */

/** Where each tool says what people's pods are. */
const givenBy: Readonly<Record<string, (values: JsonValue) => JsonValue | undefined>> = {
  jupyterhub: (values) => valueAt(values, "singleuser"),
  "dask-gateway": (values) => valueAt(values, "gateway", "backend"),
  "prefect-worker": (values) => {
    const text = valueAt(values, "worker", "config", "baseJobTemplate", "configuration");
    return JSON.parse(String(text)) as JsonValue;
  },
};

describe.each(Object.entries(allVariants))("a platform %s", (_, synthesize) => {
  const platform = synthesize();
  const given = Object.entries(givenBy).map(([name, read]) => {
    const release = platform.release(name);
    return { namespace: release.namespace, values: read(mergedValues(release as never)) };
  });
  const literalOf = (namespace: string, variable: string) => list(policyOf(platform, namespace), variable);

  test("every secret that a tool gives is one that its policy knows", () => {
    const unknown = given.flatMap(({ namespace, values }) =>
      secretsOf(values)
        .filter((name) => !literalOf(namespace, "knownSecrets").includes(name))
        .map((name) => `${namespace}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  test("no database's secret, and none of the tool itself, is among those", () => {
    const known = given.flatMap(({ namespace }) => literalOf(namespace, "knownSecrets"));
    expect(known.filter((name) => /-(database|generated)$/.test(name))).toEqual([]);
    expect(known).toContain("prefect-sign-in");
    expect(known).not.toContain("dask-gateway-sign-in");
  });

  test("no pod of a person passes for one of the tool's own: services and network policies know it by its labels", () => {
    for (const { name, traffic, startsForPeople: starts } of platform.components) {
      if (!starts) continue;
      const rule = policyOf(platform, name).spec.validations.find(({ message = "" }) => /^labels/.test(message));
      for (const [group, { labels }] of Object.entries(traffic)) {
        const refused = Object.entries(labels)
          .map(([key, value]) => `variables.labels[?'${key}'].orValue('') == '${value}'`)
          .join(" && ");
        expect([group, rule?.expression.includes(`!(${refused})`)]).toEqual([group, !starts.groups.includes(group)]);
      }
    }
  });

  test("every class that a tool gives is one that its policy lets through", () => {
    for (const { namespace, values } of given) {
      const [rule] = policyOf(platform, namespace).spec.validations.filter(({ message = "" }) =>
        /a priority/.test(message),
      );
      const named = everyValue(values).flatMap(({ key, value }) =>
        key === "priorityClassName" ? [String(value)] : [],
      );
      for (const name of named) expect(rule?.expression).toContain(`'${name}'`);
    }
  });
});

function policyOf(platform: SynthesizedPlatform, namespace: string): ValidatingAdmissionPolicy {
  const found = manifestsOf(platform.releases as never).find(
    ({ kind, metadata }) => kind === "ValidatingAdmissionPolicy" && metadata.name === `open-mlops-${namespace}`,
  );
  if (!found) throw new Error(`no policy for ${namespace}`);
  return found as unknown as ValidatingAdmissionPolicy;
}

function list({ spec }: ValidatingAdmissionPolicy, variable: string): string[] {
  const { expression = "" } = spec.variables?.find(({ name }) => name === variable) ?? {};
  return [...expression.matchAll(/'([^']*)'/g)].map(([, text = ""]) => text);
}

/** Names of secrets, wherever values read one. */
function secretsOf(values: JsonValue | undefined): string[] {
  return everyValue(values).flatMap(({ key, value }) =>
    ["secretKeyRef", "secretRef"].includes(key) && isObject(value) ? [String(value["name"])] : [],
  );
}

import { hasFailed, judge, printed } from "../../conformance/matrix";
import { commandments } from "../../conformance/rule";
import { rules } from "../../conformance/rules";
import { type Subject, subjectsOf } from "../../conformance/subject";
import { catalogue } from "../../constructs/components/catalogue";
import type { AnyComponent } from "../../constructs/contracts/component";
import type { JsonValue } from "../../constructs/contracts/json";
import { inputs } from "../support/environments";

const subjects = subjectsOf([inputs.dev(), inputs.existing(), inputs.prod()], catalogue);
const environments = ["dev", "existing", "prod"];
const problemsOf = (id: string, subject: Subject): readonly string[] => {
  const rule = rules.find((each) => each.id === id);
  if (!rule) throw new Error(`no rule ${id}`);
  return rule.check(subject) ?? [];
};

test("every component of every environment is looked at", () => {
  const seen = subjects.map(({ environment, component }) => `${environment}/${component.name}`);
  expect(seen.sort()).toEqual(
    environments.flatMap((name) => Object.keys(catalogue).map((tool) => `${name}/${tool}`)).sort(),
  );
});

test.each(rules.map((rule) => [rule.id, rule] as const))("%s holds everywhere", (_, rule) => {
  expect(judge([rule], subjects).filter(hasFailed)).toEqual([]);
});

/** A component of `existing` with one thing changed. */
const broken = (name: string, change: (subject: Subject) => Partial<Subject>): Subject => {
  const subject = subjects.find(({ environment, component }) => environment === "existing" && component.name === name);
  if (!subject) throw new Error(`no ${name}`);
  return { ...subject, ...change(subject) };
};
const release = (change: (one: Subject["releases"][number]) => object) => (subject: Subject) => ({
  releases: subject.releases.map((one) => ({ ...one, ...change(one) })),
});
const value = (added: JsonValue) => release(({ values }) => ({ values: [...values, added] }));
const without = (word: string) =>
  release(({ values }) => ({ values: JSON.parse(JSON.stringify(values).replaceAll(word, "X")) as JsonValue[] }));
const component = (change: (one: AnyComponent) => object) => (subject: Subject) => ({
  component: { ...subject.component, ...change(subject.component) } as unknown as AnyComponent,
});
const offer = (name: string, change: object) =>
  broken(name, ({ component: { role }, platform }) => ({
    platform: { ...platform, offers: { ...platform.offers, [role]: { ...platform.offers[role], ...change } } },
  }));

/** For each rule ways of breaking it, and what it says then. */
const cases: readonly [rule: string, subject: Subject, says: string][] = [
  [
    "closed-network",
    broken("mlflow", ({ platform }) => ({
      platform: { ...platform, policies: platform.policies.filter(({ metadata }) => metadata.name !== "allow-server") },
    })),
    "declared and not open: jupyterhub/user-server -> mlflow/server 5000",
  ],
  [
    "closed-network",
    broken("seldon", ({ platform }) => ({
      platform: {
        ...platform,
        policies: [
          ...platform.policies,
          { metadata: { name: "open", namespace: "seldon" }, spec: { podSelector: {}, ingress: [{}] } },
        ],
      },
    })),
    "open and not declared: (another namespace) -> seldon/operator 22",
  ],
  ["pod-security", broken("mlflow", () => ({ namespaceLabels: {} })), "the namespace enforces no standard"],
  [
    "pod-security",
    broken("mlflow", () => ({ namespaceLabels: { "pod-security.kubernetes.io/enforce": "baseline" } })),
    "the namespace enforces the baseline without a reason",
  ],
  ["no-secret-in-values", broken("mlflow", value({ auth: { adminPassword: "x" } })), "mlflow: auth.adminPassword"],
  [
    "closed-services",
    broken("mlflow", value({ service: { type: "LoadBalancer" } })),
    "mlflow: service.type is LoadBalancer",
  ],
  [
    "closed-services",
    broken("jupyterhub", value({ proxy: { type: "NodePort" } })),
    "jupyterhub: proxy.type is NodePort",
  ],
  [
    "own-buckets",
    broken(
      "mlflow",
      component(({ needs }) => ({
        needs: { ...needs, serviceAccounts: [{ name: "people", buckets: ["artifacts"], runsPeoplesCode: true }] },
      })),
    ),
    "people opens artifacts",
  ],
  ["contract", offer("mlflow", { clientEnv: {} }), "it does not give MLFLOW_TRACKING_URI"],
  [
    "contract",
    offer("seldon", { clientEnv: { OPEN_MLOPS_SERVING_TARGET: "x", OTHER: "y" } }),
    "it gives OTHER, which its role does not",
  ],
  [
    "knows-what-it-consumes",
    broken("mlflow", value({ url: "http://prefect-server.prefect:4200" })),
    "it names an address of prefect",
  ],
  ["found-by-variables", broken("jupyterhub", without("PREFECT_API_URL")), "its pods do not get PREFECT_API_URL"],
  ["shared-data", broken("dask-gateway", without("OPEN_MLOPS_DATA")), "its pods do not get OPEN_MLOPS_DATA"],
  [
    "shared-data",
    broken(
      "prefect",
      component(({ needs }) => ({
        needs: { ...needs, serviceAccounts: needs.serviceAccounts?.map((each) => ({ ...each, buckets: [] })) },
      })),
    ),
    "flow-run may not open it",
  ],
  ["asks-for-memory", broken("mlflow", without("requests")), "its values guarantee nothing to its pods"],
  [
    "asks-for-memory",
    broken("mlflow", value({ resources: { requests: { memory: "1Gi" } } })),
    "mlflow: resources has no limit of memory",
  ],
  [
    "rolled-back",
    broken(
      "prefect",
      release(() => ({ atomic: false })),
    ),
    "prefect-server is not",
  ],
  [
    "people-stay",
    broken("jupyterhub", without("karpenter.sh/do-not-disrupt")),
    "its pods do not carry karpenter.sh/do-not-disrupt",
  ],
  [
    "pinned-charts",
    broken(
      "mlflow",
      release(() => ({ version: undefined })),
    ),
    "mlflow: mlflow of any version is no pin",
  ],
  [
    "pinned-images",
    broken("mlflow", value({ image: { repository: "docker.io/a/b", tag: "latest" } })),
    "mlflow: image",
  ],
  ["pinned-images", broken("mlflow", value({ image: { name: "docker.io/a/b" } })), "mlflow: image"],
  ["answers-for-its-health", offer("mlflow", { health: undefined }), "http://mlflow.mlflow has no health"],
  [
    "written-down",
    broken(
      "mlflow",
      component(() => ({ name: "unwritten" })),
    ),
    "unwritten has no README.md",
  ],
  [
    "reports-to-nobody",
    broken("prefect", without("MLFLOW_DISABLE_TELEMETRY")),
    "its pods do not get MLFLOW_DISABLE_TELEMETRY",
  ],
];

test.each(cases)("%s is broken, and says so (%#)", (rule, subject, says) => {
  expect(problemsOf(rule, subject)).toContain(says);
});

test("every rule has been seen to fail", () => {
  const seen = new Set(cases.map(([rule]) => rule));
  expect(rules.filter(({ id }) => !seen.has(id)).map(({ id }) => id)).toEqual([]);
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

describe("the matrix", () => {
  const bad = broken("mlflow", () => ({ namespaceLabels: {} }));
  const [rule] = rules.filter(({ id }) => id === "pod-security");
  const table = rule ? [rule] : [];

  test("a failure is shown in its cell and in words, with where it is", () => {
    const text = printed(table, judge(table, [bad]), ["existing"]);
    expect(text).toMatch(/^pod-security +FAILED/m);
    expect(text).toContain("FAILED pod-security, mlflow in existing: the namespace enforces no standard");
    expect(text).toContain("1 rules, 1 components, environments existing: 1 of 1 failed");
  });

  test("a commandment without a rule is named, not left out", () => {
    const text = printed(table, judge(table, [bad]), ["existing"]);
    for (const commandment of commandments) expect(text).toContain(commandment.toUpperCase());
    expect(text).toContain("LATENCY: no rule yet");
  });
});

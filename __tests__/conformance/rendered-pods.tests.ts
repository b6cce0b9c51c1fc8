import { declaredGroups, type Group } from "../../conformance/graph";
import { type PodSpec, podSecurityProblems } from "../../conformance/pod-security";
import type { Part } from "../../constructs/contracts/foundation";
import { foundationNamespace } from "../../constructs/contracts/names";
import type { PodSecurity } from "../../constructs/contracts/pod-security";
import { priorities } from "../../constructs/foundation/scheduling/priorities";
import { type KubernetesObject, render } from "../support/helm";
import { allVariants } from "../support/variants";

/**
 * What components declare of their pods, against the pods that the real charts make: HELM is the program, CHARTS_DIR a
 * folder with `<chart>-<version>` in it. The declarations are ours, the labels and ports are the charts'.
 */
const { HELM: helm, CHARTS_DIR: chartsDir } = process.env;

/** Pods that tools make while they run; `npm run test:cluster` looks at those. */
const madeLater = [
  "jupyterhub/user-server",
  "prefect/flow-run",
  "dask-gateway/scheduler",
  "dask-gateway/worker",
  "seldon/model",
  "open-mlops/postgres",
  "envoy-gateway/proxies",
  "envoy-gateway/models",
  "monitoring/prometheus",
  "monitoring/alertmanager",
];

interface Template {
  readonly at: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

if (helm && chartsDir) {
  describe.each(Object.entries(allVariants))("pods of a platform %s", (_, synthesize) => {
    const platform = synthesize();
    const parts: readonly Part[] = [...platform.foundation, ...platform.components];
    const namespaces = [foundationNamespace, ...parts.map(({ name }) => name)];
    const ours = platform.releases.filter(({ namespace }) => namespaces.includes(namespace));
    const objects = ours.flatMap((release) =>
      render(release, helm, chartsDir).map((object) => ({
        object,
        namespace: object.metadata.namespace ?? release.namespace,
      })),
    );
    const templates = objects.flatMap(({ object, namespace }) => podTemplate(object, namespace));
    const groups = declaredGroups(platform);
    const groupsOf = (template: Template) => groups.filter((group) => isOf(group, template));
    const templatesOf = (id: string) => templates.filter((each) => groupsOf(each).some((group) => group.id === id));

    test("each is of one declared group, and each group has pods", () => {
      expect(templates.length).toBeGreaterThan(10);
      expect(templates.map((each) => [each.at, groupsOf(each).length]).filter(([, count]) => count !== 1)).toEqual([]);
      const empty = groups.map(({ id }) => id).filter((id) => templatesOf(id).length === 0);
      expect(empty.filter((id) => !madeLater.includes(id))).toEqual([]);
    });

    test("a typo in a declared label leaves a pod without a group", () => {
      const [first] = templates;
      const wrong = groups.map((group) => ({ ...group, labels: { ...group.labels, app: "a-typo" } }));
      expect(first && wrong.filter((group) => isOf(group, first))).toEqual([]);
    });

    test("ports that are declared are ports of the pods", () => {
      const declared = groups.flatMap(({ id, namespace, traffic }) => [
        ...Object.values(traffic.answers ?? {}).flatMap((ports) => ports.map((port) => [id, port] as const)),
        ...Object.entries(traffic.calls ?? {}).flatMap(([other, ports]) =>
          ports === "all" ? [] : ports.map((port) => [`${namespace}/${other}`, port] as const),
        ),
      ]);
      const missing = declared.filter(
        ([id, port]) => !madeLater.includes(id) && !templatesOf(id).some((each) => portsOf(each).includes(port)),
      );
      expect(missing).toEqual([]);
    });

    test("an offer's address leads to a port that its pods answer at", () => {
      for (const { role, name } of platform.components) {
        const { address } = platform.offers[role];
        if (!address.startsWith("http")) continue;
        const url = new URL(address);
        const [service = ""] = url.hostname.split(".");
        const spec = objects.find(
          ({ object, namespace }) =>
            object.kind === "Service" && object.metadata.name === service && namespace === name,
        )?.object["spec"] as unknown as ServiceSpec;
        const port = spec.ports.find((each) => each.port === (Number(url.port) || 80));
        const [pod] = templates.filter(({ namespace, labels }) => namespace === name && matches(spec.selector, labels));
        const answered = groups
          .filter(({ namespace }) => namespace === name)
          .flatMap(({ traffic }) => [...(traffic.answers?.offer ?? []), ...(traffic.answers?.page ?? [])]);
        expect([role, answered]).toEqual([role, expect.arrayContaining([pod && number(pod, port?.targetPort)])]);
      }
    });

    test("a service selects pods by the labels that are declared, by which EKS finds its address", () => {
      const wrong = objects
        .filter(({ object }) => object.kind === "Service")
        .flatMap(({ object, namespace }) => {
          const { selector, clusterIP } = object["spec"] as unknown as ServiceSpec;
          const [pod] = templates.filter((each) => each.namespace === namespace && matches(selector, each.labels));
          const [group] = pod ? groupsOf(pod) : [];
          const found =
            clusterIP === "None" || !group || group.traffic.selectedByOthers || matches(group.labels, selector);
          return found ? [] : [`${namespace}/${object.metadata.name}`];
        });
      expect(wrong).toEqual([]);
    });

    test("there are no network policies but the platform's own", () => {
      const policies = objects.filter(({ object }) => object.kind === "NetworkPolicy");
      expect(
        policies.map(({ object }) => object.metadata.name).filter((name) => !/^(default-deny|allow-)/.test(name)),
      ).toEqual([]);
      expect(policies.length).toBeGreaterThan(15);
    });

    test("what all stands on comes first, then tools and what watches them, and kept room last", () => {
      const tools = [...platform.components.map(({ name }) => name), "monitoring", "logging", "node-exporter", "gpu"];
      // Their charts have no value for it: without a class they have 0, which is above people's too.
      const none = [
        ...["dask-gateway/", "jupyterhub/continuous-image-puller"],
        // Jobs of seconds, while it is deployed.
        ...["envoy-gateway/envoy-gateway-gateway-helm-certgen", "open-mlops/seaweedfs-bucket-hook"],
      ];
      const classOf = ({ at, namespace }: Template) => {
        if (at.includes("placeholder")) return priorities.placeholders;
        // The backup's, where homes are: it gives way to everybody.
        if (at === "jupyterhub/home-copy") return priorities.workers;
        if (namespace === "backup") return priorities.copies;
        return tools.includes(namespace) ? priorities.tools : priorities.foundation;
      };
      const wrong = templates
        .filter(({ at }) => !none.some((each) => at.startsWith(each)))
        .map((each) => [each.at, each.spec.priorityClassName, classOf(each)])
        .filter(([, name, wanted]) => name !== wanted);
      expect(wrong).toEqual([]);
    });

    test("so do the pods that operators make", () => {
      const { foundation, tools } = priorities;
      const wanted = { EnvoyProxy: foundation, Cluster: foundation, Prometheus: tools, Alertmanager: tools };
      const made = objects.flatMap(({ object: { kind, metadata, spec } }) =>
        kind in wanted
          ? [
              [
                metadata.name,
                JSON.stringify(spec).includes(`"priorityClassName":"${wanted[kind as keyof typeof wanted]}"`),
              ],
            ]
          : [],
      );
      expect(made.length > 0).toBe(parts.some(({ name }) => name === "envoy-gateway"));
      expect(made.filter(([, named]) => !named)).toEqual([]);
    });

    test("a disruption budget never holds what runs once, and what runs more than once has one", () => {
      const budgets = objects.filter(({ object }) => object.kind === "PodDisruptionBudget");
      const holds = ({ object, namespace }: (typeof budgets)[number], of: (typeof objects)[number]) => {
        const { selector } = object["spec"] as unknown as { selector: { matchLabels: Template["labels"] } };
        const [template] = podTemplate(of.object, of.namespace);
        return namespace === of.namespace && template !== undefined && matches(selector.matchLabels, template.labels);
      };
      const served = objects.filter(({ object }) => ["Deployment", "StatefulSet"].includes(object.kind));
      const wrong = served
        .filter(({ object }) => !object.metadata.name.includes("placeholder"))
        .filter((each) => {
          const { replicas = 1 } = each.object["spec"] as { replicas?: number };
          const scaled = objects.some(
            ({ object }) =>
              object.kind === "HorizontalPodAutoscaler" && object.metadata.name === each.object.metadata.name,
          );
          return replicas > 1 || scaled
            ? !budgets.some((one) => holds(one, each))
            : budgets.some((one) => holds(one, each));
        });
      expect(wrong.map(({ object, namespace }) => `${namespace}/${object.metadata.name}`)).toEqual([]);
    });

    test("each keeps to its namespace's standard, and a lower one is there for a reason", () => {
      const standards = new Map(
        namespaces.map((name) => [name, parts.find((each) => each.name === name)?.podSecurity] as const),
      );
      const problems = (each: Template, standard: PodSecurity["standard"]) =>
        standard === "privileged"
          ? []
          : podSecurityProblems(each.spec, standard).map((problem) => `${each.at}: ${problem}`);
      expect(
        templates.flatMap((each) => problems(each, standards.get(each.namespace)?.standard ?? "restricted")),
      ).toEqual([]);
      for (const [namespace, security] of standards) {
        if (security?.standard !== "baseline") continue;
        const kept = templates
          .filter((each) => each.namespace === namespace)
          .flatMap((each) => problems(each, "restricted"));
        expect([namespace, kept.length > 0]).toEqual([namespace, true]);
      }
    });
  });
} else {
  describe("pods that the real charts make", () => {
    test.skip("not run: set HELM to the program and CHARTS_DIR to a folder of charts, <chart>-<version>", () => {});
  });
}

interface ServiceSpec {
  readonly selector: Readonly<Record<string, string>>;
  readonly clusterIP?: string;
  readonly ports: readonly { readonly port: number; readonly targetPort: number | string }[];
}

function podTemplate(object: KubernetesObject, namespace: string): Template[] {
  if (!["Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"].includes(object.kind)) return [];
  interface PodTemplate {
    readonly metadata?: { readonly labels?: Template["labels"] };
    readonly spec: Template["spec"];
  }
  const given = object["spec"] as unknown as {
    readonly template: PodTemplate;
    readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
  };
  const template = given.jobTemplate?.spec.template ?? given.template;
  const labels = template.metadata?.labels ?? {};
  return [{ at: `${namespace}/${object.metadata.name}`, namespace, labels, spec: template.spec }];
}

function isOf(group: Group, { namespace, labels }: Template): boolean {
  return group.namespace === namespace && matches(group.labels, labels);
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function portsOf({ spec }: Template): number[] {
  return spec.containers.flatMap(({ ports }) => (ports ?? []).map(({ containerPort }) => containerPort));
}

function number({ spec }: Template, port: number | string | undefined): number | undefined {
  if (typeof port !== "string") return port;
  return spec.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === port)?.containerPort;
}

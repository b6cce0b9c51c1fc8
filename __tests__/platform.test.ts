import type { Construct } from "constructs";
import { z } from "zod";
import { catalogue } from "../constructs/components/catalogue";
import type { ClusterContext, Component, ComponentDefinition } from "../constructs/contracts/component";
import type { EnvironmentInput } from "../constructs/contracts/environment";
import { loadEnvironment } from "../constructs/contracts/load";
import type { Needs } from "../constructs/contracts/needs";
import type { NetworkPolicy } from "../constructs/foundation/network-policy";
import { HelmChart } from "../constructs/helm-chart";
import dev from "../environments/dev";
import { testCluster } from "./support/cluster";
import { fiveTools, type SynthesizedPlatform, synthesizeComponents, synthesizePlatform } from "./support/platform";

/** A tracking server that the catalogue does not have, written in one class as any tool is. */
class Elsewhere implements Component<"tracking"> {
  readonly name: string = "elsewhere";
  readonly role = "tracking";
  readonly consumes = [] as const;
  readonly needs: Needs = { serviceAccounts: [{ name: "server", buckets: [] }] };
  readonly traffic = { server: { labels: { app: "elsewhere" }, answers: { offer: [9000] } } };

  install(scope: Construct, context: ClusterContext) {
    new HelmChart(scope, "server", {
      chart: context.chart({ charts: "https://charts.example", chart: "elsewhere", version: "1.0.0" }),
      name: this.name,
      namespace: context.namespace,
      values: { replicas: 1 },
    });
    const address = `http://elsewhere.${context.namespace}:9000`;
    return { address, clientEnv: { MLFLOW_TRACKING_URI: address } };
  }

  processes() {
    return { unavailable: "it is only in this test" };
  }
}

const withElsewhere = {
  ...catalogue.tools,
  elsewhere: {
    role: "tracking",
    options: z.strictObject({}),
    create: () => new Elsewhere(),
  } satisfies ComponentDefinition<"tracking">,
};

const dependsOn = (platform: SynthesizedPlatform, id: string) => platform.resources[id]?.["depends_on"] as string[];

describe("swapping a tool", () => {
  const swap = ({ tool, ...options }: { tool: string }) =>
    tool === "mlflow" ? { tool: "elsewhere" } : { tool, ...options };
  const input: EnvironmentInput = { ...dev, components: dev.components.map(swap) };
  const before = synthesizeComponents(loadEnvironment(dev, catalogue).components, testCluster());
  const after = synthesizeComponents(
    loadEnvironment(input, { ...catalogue, tools: withElsewhere }).components,
    testCluster(),
  );

  test("one line of an environment replaces the tracking server, and every client follows", () => {
    expect(after.offers.tracking.address).toBe("http://elsewhere.elsewhere:9000");
    for (const release of ["jupyterhub", "prefect-worker", "dask-gateway"]) {
      expect(JSON.stringify(before.release(release).values)).toContain("http://mlflow.mlflow");
      expect(JSON.stringify(after.release(release).values)).toContain("http://elsewhere.elsewhere:9000");
      expect(JSON.stringify(after.release(release).values)).not.toContain("mlflow.mlflow");
    }
  });

  test("the new tool's namespace, identity and release replace the old one's, and nothing else is new", () => {
    const [old, next] = [before, after].map(({ resources }) => Object.keys(resources));
    expect(next?.filter((id) => !old?.includes(id))).toEqual([
      "helm_release.elsewhere/server/release",
      "kubernetes_namespace_v1.namespace-elsewhere",
      "kubernetes_service_account_v1.service-account-elsewhere-server",
    ]);
    expect(old?.filter((id) => !next?.includes(id))).toEqual([
      "helm_release.mlflow/server/release",
      "kubernetes_namespace_v1.namespace-mlflow",
      "kubernetes_service_account_v1.service-account-mlflow-mlflow",
    ]);
  });

  test("people's servers may reach it, and no longer the old one", () => {
    const { manifests } = after.release("network-policies").values[0] as unknown as { manifests: NetworkPolicy[] };
    const [servers] = manifests.filter(({ metadata }) => metadata.name === "allow-user-server");
    expect(servers?.spec.egress).toContainEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "elsewhere" } },
          podSelector: { matchLabels: { app: "elsewhere" } },
        },
      ],
      ports: [{ port: 9000, protocol: "TCP" }],
    });
    expect(JSON.stringify(manifests)).not.toContain("mlflow");
  });
});

describe("what a component asks for", () => {
  const asks: [string, (context: ClusterContext) => unknown, string][] = [
    ["a bucket", (context) => context.bucket("models"), 'elsewhere asks for the bucket "models"'],
    ["a database", (context) => context.database(), "elsewhere asks for a database"],
    ["a secret", (context) => context.secret("key"), 'elsewhere asks for the secret "key"'],
    ["sign-in", (context) => context.signIn(), "elsewhere asks for sign-in"],
  ];

  test.each(asks)("%s that it did not declare is refused, with the remedy", (_, ask, message) => {
    class Asking extends Elsewhere {
      override install(scope: Construct, context: ClusterContext) {
        ask(context);
        return super.install(scope, context);
      }
    }
    const tools = { ...catalogue.tools, elsewhere: { ...withElsewhere.elsewhere, create: () => new Asking() } };
    const choices = fiveTools.map(({ tool }) => (tool === "mlflow" ? { tool: "elsewhere" } : { tool }));
    expect(() => synthesizePlatform(choices, { tools })).toThrow(`${message}, which it does not declare`);
  });
});

describe("order", () => {
  const platform = synthesizePlatform();

  test("namespaces, then secrets, then databases, then tools", () => {
    expect(dependsOn(platform, "helm_release.secrets/chart/release")).toContain(
      "kubernetes_namespace_v1.namespace-mlflow",
    );
    expect(dependsOn(platform, "helm_release.databases/chart/release")).toContain("helm_release.secrets/chart/release");
    expect(dependsOn(platform, "helm_release.mlflow/server/release")).toEqual(
      expect.arrayContaining([
        "helm_release.databases/chart/release",
        "helm_release.secrets/chart/release",
        "kubernetes_service_account_v1.service-account-mlflow-mlflow",
      ]),
    );
  });

  test("network policies are there before any pod that they speak of", () => {
    const policies = "helm_release.network-policies/chart/release";
    expect(dependsOn(platform, policies)).toContain("kubernetes_namespace_v1.namespace-mlflow");
    const without = ["network-policies", "secrets", "scheduling", "admission"];
    const withPods = platform.releases.filter(({ name }) => !without.includes(name));
    for (const { path } of withPods) expect(dependsOn(platform, `helm_release.${path}/release`)).toContain(policies);
  });

  test("a tool comes after those whose offers it reads, and not after others", () => {
    const hub = dependsOn(platform, "helm_release.jupyterhub/hub/release");
    for (const tool of ["mlflow/server", "prefect/worker", "dask-gateway/gateway", "seldon/operator"]) {
      expect(hub).toContain(`helm_release.${tool}/release`);
    }
    const gateway = dependsOn(platform, "helm_release.dask-gateway/gateway/release");
    expect(gateway).toContain("helm_release.mlflow/server/release");
    expect(gateway.filter((id) => /prefect|seldon\//.test(id) && id.startsWith("helm_release"))).toEqual([]);
  });

  test("dependencies are addresses, which Terraform takes, and no interpolations, which it refuses", () => {
    expect(platform.text).not.toMatch(/"depends_on":\s*\[\s*"\$\{/);
  });
});

describe("foundation", () => {
  const platform = synthesizePlatform();

  test("each tool has a namespace of its own, and the foundation has one", () => {
    const namespaces = Object.keys(platform.resources).filter((id) => id.startsWith("kubernetes_namespace_v1."));
    expect(namespaces.map((id) => id.replace(/.*namespace-/, "")).sort()).toEqual(
      ["dask-gateway", "jupyterhub", "mlflow", "open-mlops", "prefect", "seldon"].sort(),
    );
  });

  test("service accounts carry what the cluster's identities need", () => {
    const cluster = testCluster({ serviceAccountAnnotations: (component, name) => ({ role: `${component}/${name}` }) });
    const { resources } = synthesizePlatform(fiveTools, { cluster });
    expect(resources["kubernetes_service_account_v1.service-account-prefect-flow-run"]).toMatchObject({
      metadata: { name: "flow-run", namespace: "prefect", annotations: { role: "prefect/flow-run" } },
      automount_service_account_token: true,
    });
  });

  test("a storage class is made where the cluster wants one, before anything uses it", () => {
    const create = { provisioner: "ebs.csi.aws.com", parameters: { type: "gp3" }, reclaimPolicy: "Delete" } as const;
    const storageClass = { name: "fast", create };
    const made = synthesizePlatform(fiveTools, { cluster: testCluster({ storageClass, homes: storageClass }) });
    expect(made.resources["kubernetes_storage_class_v1.storage-class"]).toMatchObject({
      storage_provisioner: "ebs.csi.aws.com",
      reclaim_policy: "Delete",
      volume_binding_mode: "WaitForFirstConsumer",
    });
    expect(dependsOn(made, "helm_release.jupyterhub/hub/release")).toContain(
      "kubernetes_storage_class_v1.storage-class",
    );
    expect(Object.keys(made.resources).filter((id) => id.includes("storage_class"))).toHaveLength(1);
    expect(Object.keys(platform.resources)).not.toContain("kubernetes_storage_class_v1.storage-class");
  });

  test("homes are of a class of their own where the cluster has one, and nothing else is", () => {
    const create = { provisioner: "efs.csi.aws.com", parameters: {}, reclaimPolicy: "Retain" } as const;
    const made = synthesizePlatform(fiveTools, { cluster: testCluster({ homes: { name: "home-files", create } }) });
    expect(made.resources["kubernetes_storage_class_v1.homes-storage-class"]).toMatchObject({
      metadata: { name: "home-files" },
      reclaim_policy: "Retain",
    });
    expect(made.release("jupyterhub").values[0]).toMatchObject({
      singleuser: { storage: { dynamic: { storageClass: "home-files" } } },
    });
    expect(made.text.match(/home-files/g)).toHaveLength(2);
  });

  test("databases are made by a job that Helm runs again at each upgrade, and whose passwords come from secrets", () => {
    const { manifests } = platform.release("databases").values[0] as unknown as { manifests: [object, object] };
    expect(manifests[1]).toMatchObject({
      kind: "Job",
      metadata: { annotations: { "helm.sh/hook": "post-install,post-upgrade" } },
    });
    expect(JSON.stringify(manifests[1])).toContain(
      '{"name":"PASSWORD_mlflow","valueFrom":{"secretKeyRef":{"name":"mlflow-database","key":"password"}}}',
    );
  });

  test("every release is rolled back when it fails, and can be run again", () => {
    expect(platform.releases.length).toBeGreaterThanOrEqual(9);
    for (const release of platform.releases)
      expect(release).toMatchObject({ atomic: true, upgrade_install: true, wait: true });
  });

  test("no secret is in what Terraform reads: names and formats are all there is", () => {
    for (const { path, values } of platform.releases) expect([path, secretsIn(values)]).toEqual([path, []]);
    expect(platform.text).not.toMatch(/set_sensitive|BEGIN [A-Z ]*PRIVATE KEY/);
    expect(
      Object.keys(platform.resources).filter((id) => /secret|random_password/.test(id.split(".")[0] ?? "")),
    ).toEqual([]);
  });
});

/** Values under a name that says secret. What is a reference, a name of a key or a format is none. */
function secretsIn(value: unknown, key = ""): string[] {
  if (typeof value === "string") {
    const named = /(password|token|secret|apiKey|auth[-_]?string)$/i.test(key) && !key.startsWith("existing");
    return named && !["alphanumeric", "hex32"].includes(value) ? [`${key}: ${value}`] : [];
  }
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, inner]) => secretsIn(inner, Array.isArray(value) ? key : name));
}

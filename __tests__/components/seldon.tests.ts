import { Seldon } from "../../constructs/components/seldon";
import type { JsonObject } from "../../constructs/contracts/json";
import { charts } from "../../constructs/pins";
import { testCluster } from "../support/cluster";
import { fiveTools, type SynthesizedPlatform, synthesizePlatform } from "../support/platform";

const deployers = (platform: SynthesizedPlatform) =>
  (platform.release("deployers").values[0] as unknown as { manifests: JsonObject[] }).manifests;

/** What clients of the deployments plugin read. */
function settingsOf(platform: SynthesizedPlatform) {
  const [found] = deployers(platform) as unknown as { data: Record<string, string> }[];
  return JSON.parse(found?.data["settings.json"] ?? "");
}

describe("Seldon Core in a cluster", () => {
  const platform = synthesizePlatform();
  const [values] = platform.release("seldon-core-operator").values;
  const [settings, role, binding] = deployers(platform);

  test("the operator is the last one under an open licence", () => {
    expect(charts.seldonOperator).toMatchObject({ version: "1.17.1", licence: "Apache-2.0" });
  });

  test("it has rights in its namespace alone, and needs neither cert-manager nor a mesh", () => {
    expect(values).toMatchObject({
      singleNamespace: true,
      certManager: { enabled: false },
      istio: { enabled: false },
      ambassador: { enabled: false },
      usageMetrics: { enabled: false },
    });
  });

  test("models are served by the project's MLServer", () => {
    expect(values).toMatchObject({
      predictor_servers: {
        MLFLOW_SERVER: { protocols: { v2: { image: "registry.example/serving", defaultImageVersion: "1.2.3" } } },
      },
    });
  });

  test("the target names the namespace, and what else a client needs is written there", () => {
    expect(platform.offers.serving.clientEnv.OPEN_MLOPS_SERVING_TARGET).toBe("seldon://seldon");
    expect(settings).toMatchObject({ kind: "ConfigMap", metadata: { namespace: "seldon" } });
    expect(settingsOf(platform)).toMatchObject({
      image: "registry.example/serving:1.2.3",
      trackingUri: platform.offers.tracking.clientEnv.MLFLOW_TRACKING_URI,
      inside: { address: "http://models.envoy-gateway", gateway: "models", namespace: "envoy-gateway" },
    });
  });

  test("models log to the data bucket, with what opens it by reference", () => {
    const { env, secretEnv } = settingsOf(platform);
    expect(env["OPEN_MLOPS_DATA"]).toMatch(/^s3:/);
    for (const reference of Object.values(secretEnv)) expect(reference).toMatchObject({ name: expect.any(String) });
    expect(new Seldon({}).needs.serviceAccounts).toEqual([{ name: "model-server", buckets: ["data"] }]);
  });

  test("models with a GPU are told which nodes have some, where there are any", () => {
    const gpu = {
      perNode: 1,
      resource: "nvidia.com/gpu",
      nodeSelector: { "open-mlops.org/pool": "gpu" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    } as const;
    const { perNode, ...told } = gpu;
    expect(settingsOf(synthesizePlatform(fiveTools, { cluster: testCluster({ gpu }) }))["gpu"]).toEqual(told);
    expect(settingsOf(synthesizePlatform(fiveTools, { cluster: testCluster({ gpu: undefined }) }))).not.toHaveProperty(
      "gpu",
    );
  });

  test("people's code may deploy models here, and do nothing else", () => {
    expect(role).toMatchObject({
      kind: "Role",
      metadata: { namespace: "seldon" },
    });
    const rules = role?.["rules"] as unknown as { resources: string[]; verbs: string[]; resourceNames?: string[] }[];
    const verbs = Object.fromEntries(rules.flatMap((rule) => rule.resources.map((each) => [each, rule.verbs.join()])));
    expect(verbs).toEqual({
      seldondeployments: "create,get,list,update,delete",
      httproutes: "create,get,list,update,delete",
      leases: "create,get,update,delete",
      pods: "list",
      events: "list",
      deployments: "list",
      configmaps: "get",
    });
    // The operator's own settings are a ConfigMap here too.
    expect(rules.find(({ resources }) => resources.includes("configmaps"))?.resourceNames).toEqual(["model-serving"]);
    expect(binding).toMatchObject({ kind: "RoleBinding", roleRef: { kind: "Role", name: "model-deployer" } });
    expect(binding?.["subjects"]).toEqual(
      expect.arrayContaining([
        { kind: "ServiceAccount", name: "jupyter-user", namespace: "jupyterhub" },
        { kind: "ServiceAccount", name: "flow-run", namespace: "prefect" },
      ]),
    );
    expect(binding?.["subjects"]).toHaveLength(2);
  });
});

describe("where the platform has an edge", () => {
  const edge = {
    domain: "mlops.example.com",
    certificates: { mode: "own-ca" },
    service: { type: "node-port", port: 30443 },
  } as const;
  const opened = synthesizePlatform(fiveTools, { cluster: testCluster({ edge }) });

  test("deployments are told where models are opened, and which gateway their routes belong to", () => {
    expect(settingsOf(opened)["published"]).toEqual({
      address: "https://models.mlops.example.com:30443",
      gateway: "edge",
      namespace: "envoy-gateway",
      listener: "https",
    });
    expect(settingsOf(synthesizePlatform())).not.toHaveProperty("published");
  });
});

import type { JsonObject } from "../../constructs/contracts/json";
import { charts } from "../../constructs/pins";
import { testCluster } from "../support/cluster";
import { fiveTools, synthesizePlatform } from "../support/platform";

describe("Seldon Core in a cluster", () => {
  const platform = synthesizePlatform();
  const [values] = platform.release("seldon-core-operator").values;
  const [role, binding] = (platform.release("deployers").values[0] as unknown as { manifests: JsonObject[] }).manifests;

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

  test("the target names the namespace and the image", () => {
    const target = new URL(platform.offers.serving.clientEnv.OPEN_MLOPS_SERVING_TARGET);
    expect(target.protocol).toBe("seldon:");
    expect(target.host).toBe("seldon");
    expect(target.searchParams.get("image")).toBe("registry.example/serving:1.2.3");
  });

  test("people's code may deploy models here, and do nothing else", () => {
    expect(role).toMatchObject({
      kind: "Role",
      metadata: { namespace: "seldon" },
      rules: [
        {
          apiGroups: ["machinelearning.seldon.io"],
          resources: ["seldondeployments"],
          verbs: ["create", "get", "list", "update", "delete"],
        },
      ],
    });
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

  test("the target says where models are opened, and which gateway their routes belong to", () => {
    const target = new URL(opened.offers.serving.clientEnv.OPEN_MLOPS_SERVING_TARGET);
    expect(target.searchParams.get("published")).toBe("https://models.mlops.example.com:30443");
    expect(target.searchParams.get("gateway")).toBe("envoy-gateway/edge");
    expect(target.searchParams.get("image")).toMatch(/serving/);
  });

  test("whoever deploys may make the route of a deployment, and without an edge may not", () => {
    const rules = (platform: typeof opened) => JSON.stringify(platform.release("deployers").values);
    expect(rules(opened)).toContain('"resources":["httproutes"],"verbs":["create","get","update"]');
    expect(rules(synthesizePlatform())).not.toContain("httproutes");
  });
});

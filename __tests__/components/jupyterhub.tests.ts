import type { ComponentChoice } from "../../constructs/contracts/environment";
import type { JsonObject } from "../../constructs/contracts/json";
import { gpuNodes, testCluster } from "../support/cluster";
import { fiveTools, synthesizePlatform } from "../support/platform";

type Values = JsonObject & {
  readonly hub: { readonly extraConfig: Record<string, string>; readonly loadRoles: Record<string, JsonObject> };
  readonly singleuser: { readonly extraEnv: Record<string, string>; readonly profileList: readonly JsonObject[] };
};

const withHub = (hub: JsonObject): ComponentChoice[] => [
  { tool: "jupyterhub", ...hub },
  ...fiveTools.filter(({ tool }) => tool !== "jupyterhub"),
];

describe("JupyterHub in a cluster", () => {
  const platform = synthesizePlatform();
  const values = platform.release("jupyterhub").values[0] as Values;

  test("every server has the environment of all tools and of the data", () => {
    const { tracking, workflow, serving, compute } = platform.offers;
    expect(values.singleuser.extraEnv).toMatchObject({
      OPEN_MLOPS_DATA: "s3://test-data",
      ...tracking.clientEnv,
      ...workflow.clientEnv,
      ...serving.clientEnv,
      ...compute.clientEnv,
      DO_NOT_TRACK: "true",
    });
  });

  test("servers run the toolbox, as their own identity, with a home in the cluster's storage class", () => {
    expect(values.singleuser).toMatchObject({
      image: { name: "registry.example/toolbox", tag: "1.2.3" },
      serviceAccountName: "jupyter-user",
      storage: { capacity: "10Gi", dynamic: { storageClass: "fast" } },
    });
  });

  test("profiles: sizes guaranteed, the first the default, GPUs only where there are nodes with them", () => {
    const gpu = { name: "gpu", cpu: 3, memoryGiB: 12.5, gpus: 1 };
    const profiles = [{ name: "small", description: "1 core", cpu: 1, memoryGiB: 2 }, gpu];
    const chosen = synthesizePlatform(withHub({ profiles }), { cluster: testCluster({ gpu: gpuNodes }) });
    expect((chosen.release("jupyterhub").values[0] as Values).singleuser.profileList).toEqual([
      {
        display_name: "small",
        slug: "small",
        description: "1 core",
        default: true,
        kubespawner_override: { cpu_guarantee: 1, mem_guarantee: "2G", mem_limit: "2G" },
      },
      {
        display_name: "gpu",
        slug: "gpu",
        description: "",
        kubespawner_override: {
          cpu_guarantee: 3,
          mem_guarantee: "12.5G",
          mem_limit: "12.5G",
          node_selector: gpuNodes.nodeSelector,
          tolerations: gpuNodes.tolerations,
          extra_resource_limits: { "nvidia.com/gpu": "1" },
          extra_resource_guarantees: { "nvidia.com/gpu": "1" },
        },
      },
    ]);
    expect(() => synthesizePlatform(withHub({ profiles }))).toThrow("there are no GPU nodes");
  });

  test("idle servers are stopped", () => {
    const chosen = synthesizePlatform(withHub({ idleMinutes: 15, homeGiB: 5 })).release("jupyterhub").values[0];
    expect(chosen).toMatchObject({
      cull: { enabled: true, timeout: 900 },
      singleuser: { storage: { capacity: "5Gi" } },
    });
  });

  test("passwords, tokens and the database's password come from secrets", () => {
    const from = (name: string, key: string) => ({ valueFrom: { secretKeyRef: { name, key } } });
    expect(values).toMatchObject({
      hub: {
        existingSecret: "jupyterhub-generated",
        db: { type: "postgres", url: "postgresql+psycopg2://jupyterhub@postgres.example:5432/jupyterhub" },
        extraEnv: {
          PGPASSWORD: from("jupyterhub-database", "password"),
          USER_PASSWORD: from("jupyterhub-generated", "password"),
          ADMIN_PASSWORD: from("jupyterhub-generated", "admin-password"),
          TOKEN_DASK_GATEWAY: from("dask-gateway-sign-in", "token"),
          TOKEN_PREFECT: from("prefect-sign-in", "token"),
        },
      },
    });
  });

  test("people's servers and flow runs may use the gateway, and its token is known", () => {
    const scope = "access:services!service=dask-gateway";
    const { user, server, services } = values.hub.loadRoles;
    for (const role of [user, server, services]) expect(role?.["scopes"]).toContain(scope);
    expect(user?.["scopes"]).toContain("self");
    expect(server?.["scopes"]).toEqual(expect.arrayContaining(["users:activity!user", "access:servers!server"]));
    expect(services?.["services"]).toContain("prefect");
    expect(values.hub.extraConfig["services"]).toContain(
      '{"name": "dask-gateway", "api_token": os.environ["TOKEN_DASK_GATEWAY"]}',
    );
  });

  test("who tries the Hub after a deployment may do so as one person, and touch nobody else", () => {
    expect(values.hub.loadRoles["smoke"]).toEqual({
      scopes: ["admin:users!user=smoke-test", "admin:servers!user=smoke-test", "access:servers!user=smoke-test"],
      services: ["smoke"],
    });
    expect(values.hub.extraConfig["services"]).toContain('{"name": "smoke", "api_token": os.environ["TOKEN_SMOKE"]}');
    expect(values).toMatchObject({
      hub: {
        extraEnv: {
          TOKEN_SMOKE: { valueFrom: { secretKeyRef: { name: "jupyterhub-generated", key: "admin-token" } } },
        },
      },
    });
  });

  test("the page is open to nobody, and no policy of the chart's widens the platform's", () => {
    const off = { networkPolicy: { enabled: false } };
    expect(values).toMatchObject({
      proxy: { service: { type: "ClusterIP" }, chp: off },
      singleuser: { cloudMetadata: { blockWithIptables: false }, ...off },
      hub: off,
    });
  });

  test("people's servers keep to the restricted standard", () => {
    expect(values).toMatchObject({
      hub: {
        config: {
          KubeSpawner: {
            container_security_context: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        },
      },
      singleuser: {
        extraPodConfig: { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } },
      },
    });
  });
});

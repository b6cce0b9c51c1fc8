import { writtenObjects } from "../support/custom-resources";
import { fiveTools, synthesizePlatform } from "../support/platform";

describe("Dask Gateway in a cluster", () => {
  const platform = synthesizePlatform([
    ...fiveTools.filter(({ tool }) => tool !== "dask-gateway"),
    { tool: "dask-gateway", idleMinutes: 5, workerCores: 2, workerMemoryGiB: 1.5, maxWorkers: 4 },
  ]);
  const [values] = platform.release("dask-gateway").values;
  const { gateway } = values as unknown as { gateway: { extraConfig: Record<string, string> } };
  const config = Object.values(gateway.extraConfig).join("\n");

  test("people and flows sign in through the Hub, with a token that has the scope for this service", () => {
    expect(values).toMatchObject({
      gateway: {
        auth: {
          type: "jupyterhub",
          jupyterhub: {
            apiUrl: "http://hub.jupyterhub:8081/hub/api",
            apiTokenFromSecretName: "dask-gateway-sign-in",
            apiTokenFromSecretKey: "token",
            jupyterhubServiceName: "dask-gateway",
          },
        },
      },
    });
  });

  test("its pods read secrets of their own namespace alone, and Traefik, which people's code talks to, asks for no more", () => {
    const written = writtenObjects(platform).filter(({ metadata }) =>
      [metadata.namespace ?? "", metadata.name].some((name) => name.startsWith("dask-gateway")),
    );
    const rules = (kind: string) =>
      written
        .filter((object) => object.kind === kind)
        .flatMap((object) => (object as unknown as { rules: { resources: string[]; verbs: string[] }[] }).rules);
    expect(rules("Role").some(({ resources }) => resources.includes("secrets"))).toBe(true);
    for (const { resources, verbs } of rules("ClusterRole")) {
      expect(resources).not.toContain("secrets");
      expect(verbs).toEqual(["get", "list", "watch"]);
    }
    const accounts = written.filter(({ kind }) => kind === "ServiceAccount").map(({ metadata }) => metadata.name);
    const { rbac, traefik } = values as unknown as {
      rbac: Record<string, { serviceAccountName: string }>;
      traefik: { additionalArguments: string[] };
    };
    // An account that is named is one that the chart makes no role for.
    expect(Object.values(rbac).map(({ serviceAccountName }) => serviceAccountName)).toEqual(accounts);
    expect(traefik.additionalArguments).toEqual(
      expect.arrayContaining([
        "--providers.kubernetescrd.namespaces=dask-gateway",
        "--providers.kubernetescrd.disableclusterscoperesources=true",
      ]),
    );
  });

  test("clients are given the address and the way to schedulers that the chart's proxy has", () => {
    // The chart names its proxy `traefik-<release>`, and serves schedulers on the same port.
    const { name, namespace } = platform.release("dask-gateway");
    const host = `traefik-${name}.${namespace}`;
    expect(platform.offers.compute.clientEnv).toEqual({
      DASK_GATEWAY__ADDRESS: `http://${host}`,
      DASK_GATEWAY__PROXY_ADDRESS: `gateway://${host}:80`,
      DASK_GATEWAY__AUTH__TYPE: "jupyterhub",
    });
    expect(values).toMatchObject({ gateway: { prefix: "/" }, traefik: { service: { type: "ClusterIP" } } });
  });

  test("schedulers and workers are the toolbox, with the clients' environment and their own identity", () => {
    const pod = { serviceAccountName: "dask-worker", securityContext: { runAsNonRoot: true } };
    expect(values).toMatchObject({
      gateway: {
        backend: {
          image: { name: "registry.example/toolbox", tag: "1.2.3" },
          environment: { MLFLOW_TRACKING_URI: "http://mlflow.mlflow", OPEN_MLOPS_DATA: "s3://test-data" },
          scheduler: { extraPodConfig: pod },
          worker: { extraPodConfig: pod },
        },
      },
    });
  });

  test("memory is in the gateway's own units", () => {
    expect(values).toMatchObject({
      gateway: {
        backend: { worker: { cores: { request: 2, limit: 2 }, memory: { request: "1536M", limit: "1536M" } } },
      },
    });
  });

  test("Dask starts by commands that exist, and clusters have limits", () => {
    expect(config).toContain('c.KubeClusterConfig.scheduler_cmd = ["dask", "scheduler"]');
    expect(config).toContain('c.KubeClusterConfig.worker_cmd = ["dask", "worker"]');
    expect(config).toContain("c.KubeClusterConfig.idle_timeout = 300");
    expect(config).toContain("c.KubeClusterConfig.cluster_max_workers = 4");
  });
});

import { images } from "../../constructs/pins";
import { gpuNodes, testCluster } from "../support/cluster";
import { fiveTools, synthesizePlatform } from "../support/platform";

type Platform = ReturnType<typeof synthesizePlatform>;

/** The template of flow runs, as the worker's chart gets it. */
function templateOf(platform: Platform) {
  const [worker] = platform.release("prefect-worker").values as unknown as [
    { worker: { config: { baseJobTemplate: { configuration: string } } } },
  ];
  return JSON.parse(worker.worker.config.baseJobTemplate.configuration);
}

describe("Prefect in a cluster", () => {
  const platform = synthesizePlatform([
    ...fiveTools.filter(({ tool }) => tool !== "prefect"),
    { tool: "prefect", pool: "team", concurrency: 3 },
  ]);
  const [server] = platform.release("prefect-server").values;
  const [worker] = platform.release("prefect-worker").values;
  const template = templateOf(platform);
  const pod = template.job_configuration.job_manifest.spec.template.spec;

  test("the server's database is Postgres, opened by a secret; the chart brings none", () => {
    expect(server).toMatchObject({
      externalDatabase: {
        existingSecret: "prefect-database",
        driver: "postgresql+asyncpg",
        host: "postgres.example",
        port: "5432",
        name: "prefect",
      },
      secret: { create: false },
      postgresql: { enabled: false },
      redis: { enabled: false },
    });
  });

  test("server and worker run the pinned image, without usage statistics", () => {
    const image = { repository: images.prefect.image, prefectTag: images.prefect.version };
    const off = { name: "PREFECT_SERVER_ANALYTICS_ENABLED", value: "false" };
    expect(server).toMatchObject({ global: { prefect: { image, env: expect.arrayContaining([off]) } } });
    expect(worker).toMatchObject({ worker: { image, extraEnvVars: expect.arrayContaining([off]) } });
  });

  test("the page asks the server it came from, and no other page may", () => {
    expect(server).toMatchObject({
      server: { uiConfig: { prefectUiApiUrl: "/api" } },
      global: {
        prefect: {
          env: expect.arrayContaining([
            { name: "PREFECT_SERVER_CORS_ALLOWED_ORIGINS", value: platform.offers.workflow.page },
          ]),
        },
      },
    });
  });

  test("the worker polls the pool that clients deploy to, runs so many flows, and comes after the server", () => {
    const { PREFECT_API_URL, PREFECT_DEFAULT_WORK_POOL_NAME } = platform.offers.workflow.clientEnv;
    expect(PREFECT_DEFAULT_WORK_POOL_NAME).toBe("team");
    expect(worker).toMatchObject({
      worker: {
        apiConfig: "selfHostedServer",
        selfHostedServerApiConfig: { apiUrl: PREFECT_API_URL },
        config: { workPool: "team", type: "kubernetes", installPolicy: "never", limit: 3 },
      },
    });
    expect(platform.resources["helm_release.prefect/worker/release"]?.["depends_on"]).toContain(
      "helm_release.prefect/server/release",
    );
  });

  test("a flow run finds what a notebook finds, and signs in as the service of flow runs", () => {
    const env = new Map(pod.containers[0].env.map((variable: { name: string }) => [variable.name, variable]));
    const { tracking, workflow, serving, compute } = platform.offers;
    const expected = { ...tracking.clientEnv, ...workflow.clientEnv, ...serving.clientEnv, ...compute.clientEnv };
    for (const [name, value] of Object.entries(expected)) expect(env.get(name)).toEqual({ name, value });
    expect(env.get("OPEN_MLOPS_DATA")).toMatchObject({ value: "s3://test-data" });
    expect(env.get("JUPYTERHUB_API_TOKEN")).toEqual({
      name: "JUPYTERHUB_API_TOKEN",
      valueFrom: { secretKeyRef: { name: "prefect-sign-in", key: "token" } },
    });
  });

  test("a flow run is a job of the toolbox image, with its own identity, that Prefect reschedules", () => {
    expect(template.variables.properties.image.default).toBe("registry.example/toolbox:1.2.3");
    expect(template.job_configuration.namespace).toBe("prefect");
    expect(template.job_configuration.job_manifest.spec.backoffLimit).toBe(0);
    expect(pod).toMatchObject({ serviceAccountName: "flow-run", restartPolicy: "Never" });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true });
  });

  test("what Prefect fills for each run has no default, which would stand in the run's place", () => {
    const { command, name } = template.variables.properties;
    expect(command).not.toHaveProperty("default");
    expect(name).not.toHaveProperty("default");
  });

  test("a flow run may ask for GPUs where there are nodes with them: it fits on no other, and others stay away", () => {
    expect(template.variables.properties).not.toHaveProperty("gpus");
    const withGpus = templateOf(synthesizePlatform(fiveTools, { cluster: testCluster({ gpu: gpuNodes }) }));
    expect(withGpus.variables.properties.gpus.default).toBe(0);
    const { containers, tolerations, affinity } = withGpus.job_configuration.job_manifest.spec.template.spec;
    expect(containers[0].resources.limits).toEqual({ memory: "{{ memory }}", "nvidia.com/gpu": "{{ gpus }}" });
    expect(tolerations).toEqual(gpuNodes.tolerations);
    const [[key, value]] = Object.entries(gpuNodes.nodeSelector) as [[string, string]];
    expect(affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution).toEqual([
      { weight: 100, preference: { matchExpressions: [{ key, operator: "NotIn", values: [value] }] } },
    ]);
  });

  test("every placeholder is a variable", () => {
    const placeholders = [...JSON.stringify(template.job_configuration).matchAll(/\{\{ (\w+) \}\}/g)].map(([, v]) => v);
    expect(new Set(placeholders)).toEqual(new Set(Object.keys(template.variables.properties)));
  });
});

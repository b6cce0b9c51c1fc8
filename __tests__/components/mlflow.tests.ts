import { images } from "../../constructs/pins";
import { synthesizePlatform } from "../support/platform";

describe("MLflow in a cluster", () => {
  const platform = synthesizePlatform();
  const release = platform.release("mlflow");
  const [values] = release.values;

  test("server and migration run the same pinned image", () => {
    const image = { repository: images.mlflow.image, tag: images.mlflow.version };
    expect(values).toMatchObject({ image, initImages: { mlflowDbMigration: image } });
  });

  test("the image is not one with known ways past its sign-in", () => {
    const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(images.mlflow.version) ?? [];
    expect(Number(major) * 100 + Number(minor)).toBeGreaterThanOrEqual(317);
  });

  test("its database is Postgres, opened by a secret", () => {
    expect(values).toMatchObject({
      backendStore: {
        databaseMigration: true,
        postgres: { enabled: true, host: "postgres.example", port: 5432, database: "mlflow" },
        existingDatabaseSecret: { name: "mlflow-database" },
      },
      postgresql: { enabled: false },
      mysql: { enabled: false },
      minio: { enabled: false },
    });
  });

  test("clients send artifacts through the server, whose identity alone opens the bucket", () => {
    expect(values).toMatchObject({
      artifactRoot: { proxiedArtifactStorage: true, s3: { enabled: true, bucket: "test-mlflow-artifacts" } },
      serviceAccount: { create: false, name: "mlflow" },
    });
    expect(platform.resources["kubernetes_service_account_v1.service-account-mlflow-mlflow"]).toMatchObject({
      metadata: { name: "mlflow", namespace: "mlflow" },
      automount_service_account_token: false,
    });
  });

  test("it answers the name that clients are given", () => {
    const host = new URL(platform.offers.tracking.clientEnv.MLFLOW_TRACKING_URI).host;
    expect(values?.["serverAllowedHosts"]).toContain(host);
    expect(values).toMatchObject({ fullnameOverride: host.split(".")[0] });
  });

  test("no telemetry, and no pool of job processes", () => {
    expect(values).toMatchObject({
      telemetry: { enabled: false },
      extraEnvVars: { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false" },
    });
  });

  test("options: replicas, and values that are passed through over the typed ones", () => {
    const chosen = synthesizePlatform([
      { tool: "mlflow", replicas: 3, extraValues: { log: { level: "debug" } } },
      { tool: "jupyterhub" },
      { tool: "prefect" },
      { tool: "dask-gateway" },
      { tool: "seldon" },
    ]).release("mlflow");
    expect(chosen.values[0]).toMatchObject({ replicaCount: 3 });
    expect(chosen.values[1]).toEqual({ log: { level: "debug" } });
  });
});

import { parse } from "yaml";
import type { JsonObject } from "../../constructs/contracts/json";
import { containers, type KubernetesObject, render } from "../support/helm";
import { variants } from "../support/variants";

/**
 * What the real charts make of our values, by the real `helm`. The charts are not part of this repository: HELM is the
 * program, CHARTS_DIR a folder with `<chart>-<version>` in it, each with its dependencies in place.
 */
const { HELM: helm, CHARTS_DIR: chartsDir } = process.env;

if (helm && chartsDir) {
  describe.each(Object.entries(variants))("objects of each chart, %s", (_, synthesize) => {
    const { releases } = synthesize();
    const rendered = new Map<string, KubernetesObject[]>(
      releases.map((release) => [release.name, render(release, helm, chartsDir)]),
    );
    const all = [...rendered.values()].flat();
    const of = (release: string, kind: string, name: string) => {
      const found = rendered.get(release)?.find((object) => object.kind === kind && object.metadata.name === name);
      if (!found) throw new Error(`${release} has no ${kind} ${name}`);
      return found;
    };

    test("nothing is reachable from outside the cluster", () => {
      const services = all.filter((object) => object.kind === "Service");
      expect(services.length).toBeGreaterThanOrEqual(8);
      expect(services.filter((object) => !["ClusterIP", undefined].includes(spec(object)["type"] as string))).toEqual(
        [],
      );
      expect(all.filter((object) => ["Ingress", "HTTPRoute", "Gateway"].includes(object.kind))).toEqual([]);
    });

    test("pods run under the accounts that were declared", () => {
      expect(
        Object.fromEntries(containers(all).map(({ name, serviceAccount }) => [name, serviceAccount])),
      ).toMatchObject({
        hub: "hub",
        mlflow: "mlflow",
        "mlflow-db-migration": "mlflow",
        "prefect-server": "prefect-server",
        "prefect-worker": "prefect-worker",
        gateway: "gateway",
        manager: "seldon-manager",
        databases: "databases",
      });
    });

    test("passwords and tokens come from secrets, and no object holds one", () => {
      const secret = /PASSWORD|TOKEN|_KEY$/;
      const variables = containers(all).flatMap(({ env }) => env ?? []);
      const literal = variables.filter((variable) => secret.test(variable.name) && variable.value !== undefined);
      expect(literal).toEqual([]);
      expect(variables.filter(({ valueFrom }) => valueFrom?.["secretKeyRef"]).map((v) => v.name)).toEqual(
        expect.arrayContaining([
          "PGPASSWORD",
          "PREFECT_SERVER_DATABASE_PASSWORD",
          "JUPYTERHUB_API_TOKEN",
          "USER_PASSWORD",
        ]),
      );
    });

    test("usage statistics are off in the servers", () => {
      const variables = (release: string, container: string) =>
        Object.fromEntries(
          containers(rendered.get(release) ?? [])
            .filter(({ name }) => name === container)
            .flatMap(({ env }) => (env ?? []).map(({ name, value }) => [name, value])),
        );
      expect(variables("prefect-server", "prefect-server")).toMatchObject({
        PREFECT_SERVER_ANALYTICS_ENABLED: "false",
      });
      expect(variables("prefect-worker", "prefect-worker")).toMatchObject({ DO_NOT_TRACK: "true" });
      expect(of("mlflow", "ConfigMap", "mlflow-env-configmap")["data"]).toMatchObject({
        MLFLOW_DISABLE_TELEMETRY: "true",
      });
      const names = all.map((object) => object.metadata.name);
      expect(names.filter((name) => name.includes("spartakus"))).toEqual([]);
    });

    test("MLflow serves artifacts from its bucket and answers its own names", () => {
      const [server] = containers([of("mlflow", "Deployment", "mlflow")]).filter(({ name }) => name === "mlflow");
      expect((server as unknown as { args: string[] }).args).toEqual(
        expect.arrayContaining(["--serve-artifacts", "--artifacts-destination=s3://test-mlflow-artifacts/mlflow"]),
      );
      const { data } = of("mlflow", "ConfigMap", "mlflow-env-configmap") as unknown as { data: Record<string, string> };
      expect(data["PGHOST"]).toBe("postgres.example");
      expect(data["MLFLOW_SERVER_ALLOWED_HOSTS"]?.split(",")).toContain("mlflow.mlflow");
    });

    test("the Hub's configuration reads secrets from the environment", () => {
      const { data } = of("jupyterhub", "Secret", "hub") as unknown as { data: Record<string, string> };
      const values = parse(Buffer.from(data["values.yaml"] ?? "", "base64").toString());
      expect(values.hub.extraConfig.people).toContain('os.environ["ADMIN_PASSWORD"]');
      expect(values.hub.extraConfig.services).toContain('"api_token": os.environ["TOKEN_DASK_GATEWAY"]');
      expect(values.hub.cookieSecret).toBeNull();
      expect(values.hub.db.password).toBeNull();
      expect(values.proxy.secretToken).toBeNull();
    });

    test("the gateway starts Dask by commands that exist, with the clients' environment", () => {
      const { data } = of("dask-gateway", "ConfigMap", "api-dask-gateway") as unknown as {
        data: Record<string, string>;
      };
      const config = data["dask_gateway_config.py"] ?? "";
      expect(config).toContain('c.KubeClusterConfig.scheduler_cmd = ["dask", "scheduler"]');
      expect(config).toMatch(/c\.KubeClusterConfig\.cluster_max_workers = \d+/);
      expect(config).toContain("MLFLOW_TRACKING_URI");
      expect(config).toContain("registry.example/toolbox");
    });

    test("the work pool's template is what the worker mounts, byte for byte", () => {
      const { data } = of("prefect-worker", "ConfigMap", "prefect-worker-base-job-template") as unknown as {
        data: Record<string, string>;
      };
      const [values] = releases.filter(({ name }) => name === "prefect-worker").flatMap((release) => release.values);
      const { worker } = values as unknown as { worker: { config: { baseJobTemplate: { configuration: string } } } };
      expect(data["baseJobTemplate.json"]).toBe(worker.config.baseJobTemplate.configuration);
    });

    test("the operator has rights in its namespace alone, and serves with the project's MLServer", () => {
      const seldon = rendered.get("seldon-core-operator") ?? [];
      expect(seldon.filter(({ kind }) => kind.startsWith("ClusterRole"))).toEqual([]);
      const { data } = of("seldon-core-operator", "ConfigMap", "seldon-config") as unknown as { data: JsonObject };
      const servers = JSON.parse(data["predictor_servers"] as string);
      expect(servers.MLFLOW_SERVER.protocols.v2).toEqual({
        image: "registry.example/serving",
        defaultImageVersion: "1.2.3",
      });
      expect(seldon.filter(({ kind }) => kind === "CustomResourceDefinition")).toHaveLength(1);
    });

    test("generated secrets have every key in every namespace that reads it", () => {
      // The copies; one more in the foundation's namespace is what they are copies of.
      const copies = (rendered.get("secrets") ?? []).filter(({ kind }) => kind === "ExternalSecret");
      const secrets = copies.map(({ metadata, spec: of }) => {
        const { data, target } = of as unknown as {
          data: { secretKey: string }[];
          target: { template?: { data?: JsonObject } };
        };
        const keys = [...data.map(({ secretKey }) => secretKey), ...Object.keys(target.template?.data ?? {})];
        return [`${metadata.namespace}/${metadata.name}`, [...new Set(keys)].sort()];
      });
      expect(Object.fromEntries(secrets)).toMatchObject({
        "mlflow/mlflow-database": ["password", "username"],
        "prefect/prefect-sign-in": ["token"],
        "jupyterhub/prefect-sign-in": ["token"],
        "dask-gateway/dask-gateway-sign-in": ["token"],
        "jupyterhub/dask-gateway-sign-in": ["token"],
      });
    });
  });
} else {
  describe("objects that the real charts make of our values", () => {
    test.skip("not run: set HELM to the program and CHARTS_DIR to a folder of charts, <chart>-<version>", () => {});
  });
}

function spec(object: KubernetesObject): JsonObject {
  return object["spec"] as JsonObject;
}

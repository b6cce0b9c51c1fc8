import type { JsonObject } from "../../constructs/contracts/json";
import type { ExternalSecret, PushSecret } from "../../constructs/custom-resources/external-secrets";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import type { NetworkPolicy } from "../../constructs/foundation/network-policy";
import { copiesBy } from "../support/copied-secrets";
import { writtenObjects } from "../support/custom-resources";
import { smallInput, synthesizeExisting, teamInput } from "../support/existing";

const values = (platform: ReturnType<typeof synthesizeExisting>, release: string) =>
  platform.release(release).values[0] as JsonObject;
const resourceOf = (platform: ReturnType<typeof synthesizeExisting>, id: string) =>
  platform.resources[id] as { depends_on: string[]; metadata: { annotations: JsonObject } };

describe("a small cluster that has nothing", () => {
  const platform = synthesizeExisting(smallInput);
  const keyObjects = (kind: string) =>
    writtenObjects({ releases: platform.releases.filter(({ name }) => name === "object-store-keys") }).filter(
      (object) => object.kind === kind,
    );

  test("gets a store of objects with the buckets that components need, and keys for each account's own", () => {
    const accounts = [
      "mlflow/mlflow",
      "dask-gateway/dask-worker",
      "seldon/model-server",
      "prefect/flow-run",
      "jupyterhub/jupyter-user",
    ];
    const at = (object: Manifest) => `${object.metadata.namespace}/${object.metadata.name}`;
    const copies = keyObjects("ExternalSecret").filter(({ metadata }) => metadata.namespace !== "open-mlops");
    expect(copies.map(at)).toEqual(accounts.map((name) => `${name}-bucket-keys`));
    const pushed = keyObjects("PushSecret") as unknown as PushSecret[];
    for (const { spec } of pushed) {
      expect(spec).toMatchObject({ updatePolicy: "IfNotExists", deletionPolicy: "None" });
      expect(spec.data.map(({ match }) => match.secretKey)).toEqual(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]);
    }
    expect(pushed.map(({ spec }) => spec.data[0]?.match.remoteRef.remoteKey)).toEqual(
      copies.map(({ metadata }) => metadata.name),
    );
    const [list] = keyObjects("ExternalSecret").filter(({ metadata }) => metadata.namespace === "open-mlops");
    const { data, target } = (list as unknown as ExternalSecret).spec;
    const written = JSON.parse(target.template.data?.["seaweedfs_s3_config"] ?? "") as {
      identities: { name: string; credentials: { accessKey: string; secretKey: string }[]; actions: string[] }[];
    };
    expect(written.identities.map(({ name }) => name)).toEqual(accounts);
    for (const { name, credentials, actions } of written.identities) {
      // Each is listed with the keys that its own pods are given.
      const [, account] = name.split("/");
      const [{ accessKey, secretKey } = { accessKey: "", secretKey: "" }] = credentials;
      const keyOf = (text: string) => data.find((each) => text === `{{ .${each.secretKey} }}`)?.remoteRef;
      expect(keyOf(accessKey)).toEqual({ key: `${account}-bucket-keys`, property: "AWS_ACCESS_KEY_ID" });
      expect(keyOf(secretKey)).toEqual({ key: `${account}-bucket-keys`, property: "AWS_SECRET_ACCESS_KEY" });
      const bucket = name === "mlflow/mlflow" ? "mlflow-artifacts" : "data";
      expect(actions).toEqual(["Read", "Write", "List", "Tagging"].map((action) => `${action}:${bucket}`));
    }
    // Not the account's own keys beside its list, and its name says which list it is.
    expect(target.template.mergePolicy).toBe("Replace");
    const name = String(list?.metadata.name);
    expect(name).toMatch(/^object-store-[0-9a-f]{12}$/);
    expect(values(platform, "seaweedfs")).toMatchObject({
      allInOne: {
        s3: {
          enableAuth: true,
          existingConfigSecret: name,
          createBuckets: [{ name: "data" }, { name: "mlflow-artifacts" }],
        },
        data: { type: "persistentVolumeClaim", size: "20Gi", storageClass: "standard" },
      },
    });
  });

  test("opens the store's S3 port alone, and to those who have keys", () => {
    expect(values(platform, "seaweedfs")).toMatchObject({ networkPolicy: { enabled: false } });
    const { manifests } = values(platform, "network-policies") as unknown as { manifests: NetworkPolicy[] };
    const [store] = manifests.filter(({ metadata }) => metadata.name === "allow-store");
    const [hook, clients, ...others] = store?.spec.ingress ?? [];
    expect(others).toEqual([]);
    expect(clients?.ports).toEqual([{ port: 8333, protocol: "TCP" }]);
    expect(clients?.from?.length).toBe(6);
    expect(hook?.from).toEqual([
      { podSelector: { matchLabels: expect.objectContaining({ "app.kubernetes.io/component": "bucket-hook" }) } },
    ]);
  });

  test("a store on a small disk has room for several buckets", () => {
    const { master } = values(platform, "seaweedfs") as unknown as { master: { volumeSizeLimitMB: number } };
    expect((20 * 1024) / master.volumeSizeLimitMB).toBeGreaterThan(50);
  });

  test("gets a Postgres whose administrator is known to its operator alone", () => {
    const { manifests } = values(platform, "postgres") as unknown as { manifests: JsonObject[] };
    expect(manifests).toMatchObject([
      { kind: "Cluster", spec: { instances: 1, enableSuperuserAccess: true, enablePDB: false } },
    ]);
    expect(JSON.stringify(values(platform, "databases"))).toContain(
      '{"name":"DATABASE_ADMIN_PASSWORD","valueFrom":{"secretKeyRef":{"name":"postgres-superuser","key":"password"}}}',
    );
    expect(values(platform, "prefect-server")).toMatchObject({
      externalDatabase: { host: "postgres-rw.open-mlops", port: "5432", name: "prefect" },
    });
  });

  test("order: secrets, then the operator and the keys, then server and store, then databases, then tools", () => {
    const waitsFor = (id: string) => resourceOf(platform, `helm_release.${id}/release`).depends_on;
    expect(waitsFor("place/postgres-operator")).toContain("helm_release.secrets/chart/release");
    expect(waitsFor("place/postgres")).toContain("helm_release.place/postgres-operator/release");
    expect(waitsFor("place/object-store")).toContain("helm_release.place/bucket-keys/release");
    expect(waitsFor("databases/chart")).toContain("helm_release.place/postgres/release");
    expect(waitsFor("mlflow/server")).toEqual(
      expect.arrayContaining(["helm_release.place/object-store/release", "helm_release.databases/chart/release"]),
    );
  });

  test("every client of the store finds it by its environment, with keys from its own secret", () => {
    const url = "http://seaweedfs-all-in-one.open-mlops:8333";
    const key = (account: string) => ({
      valueFrom: { secretKeyRef: { name: `${account}-bucket-keys`, key: "AWS_SECRET_ACCESS_KEY" } },
    });
    expect(values(platform, "mlflow")).toMatchObject({
      artifactRoot: { s3: { bucket: "mlflow-artifacts", existingSecret: { name: "mlflow-bucket-keys" } } },
      extraEnvVars: { AWS_ENDPOINT_URL_S3: url },
    });
    expect(values(platform, "jupyterhub")).toMatchObject({
      singleuser: { extraEnv: { AWS_ENDPOINT_URL_S3: url, AWS_SECRET_ACCESS_KEY: key("jupyter-user") } },
    });
    const dask = { env: expect.arrayContaining([{ name: "AWS_SECRET_ACCESS_KEY", ...key("dask-worker") }]) };
    expect(values(platform, "dask-gateway")).toMatchObject({
      gateway: { backend: { worker: { extraContainerConfig: dask }, scheduler: { extraContainerConfig: dask } } },
    });
    const template = JSON.stringify(values(platform, "prefect-worker"));
    expect(template).toContain("flow-run-bucket-keys");
    expect(template).toContain(url);
  });

  test("what tools are guaranteed leaves most of 8 GiB to people", () => {
    const asked = JSON.stringify(platform.releases.map(({ values }) => values)).matchAll(
      /"requests":\{"cpu":"[^"]*","memory":"(\d+)(Mi|Gi)"\}/g,
    );
    const sum = [...asked].reduce((all, [, n, unit]) => all + Number(n) * (unit === "Gi" ? 1024 : 1), 0);
    expect(sum).toBeLessThan(3.5 * 1024);
    expect(values(platform, "jupyterhub")).toMatchObject({
      singleuser: { profileList: [{ kubespawner_override: { mem_limit: "1G" } }, {}] },
    });
  });
});

describe("a team's cluster that has everything", () => {
  const platform = synthesizeExisting(teamInput);

  test("brings nothing along but copies of secrets that are there", () => {
    const place = platform.releases.filter((release) => release.path.startsWith("place/"));
    expect(place.map(({ chart }) => chart)).toEqual(["charts/copied-secrets", "charts/copied-secrets"]);
    expect(copiesBy(platform, "database-admin")).toEqual([
      {
        from: { namespace: "keys", name: "postgres" },
        to: { namespace: "open-mlops", name: "database-admin" },
        keys: ["username", "password"],
      },
    ]);
    expect(copiesBy(platform, "bucket-keys")).toContainEqual({
      from: { namespace: "keys", name: "prefect-flow-run" },
      to: { namespace: "prefect", name: "flow-run-bucket-keys" },
      keys: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    });
  });

  test("its database's encryption is what it can do, for the job and for every tool", () => {
    expect(JSON.stringify(values(platform, "databases"))).toContain('{"name":"DATABASE_SSLMODE","value":"prefer"}');
    expect(values(platform, "jupyterhub")).toMatchObject({ hub: { extraEnv: { PGSSLMODE: "prefer" } } });
    expect(values(platform, "mlflow")).toMatchObject({ extraEnvVars: { PGSSLMODE: "prefer" } });
  });

  test("people's servers reach its store and its server's clients the server, at their ports", () => {
    const { manifests } = values(platform, "network-policies") as unknown as { manifests: NetworkPolicy[] };
    const egress = (name: string) =>
      JSON.stringify(manifests.find(({ metadata }) => metadata.name === name)?.spec.egress);
    expect(egress("allow-user-server")).toContain('{"port":9000,"protocol":"TCP"}');
    expect(egress("allow-hub")).toContain('{"port":6432,"protocol":"TCP"}');
    expect(egress("allow-user-server")).not.toContain("6432");
  });

  test("GPU servers go to its GPU nodes", () => {
    expect(JSON.stringify(values(platform, "jupyterhub"))).toContain('"node_selector":{"accelerator":"a100"}');
  });

  test("charts come from its repository", () => {
    expect(platform.release("mlflow")).toMatchObject({
      repository: "oci://mirror.example:5000/charts",
      chart: "mlflow",
      version: "1.11.5",
    });
  });
});

describe("identities", () => {
  const role = "arn:aws:iam::111122223333:role/mlflow";
  const store = teamInput["objectStore"] as JsonObject;
  const accounts = [
    "mlflow/mlflow",
    "jupyterhub/jupyter-user",
    "prefect/flow-run",
    "dask-gateway/dask-worker",
    "seldon/model-server",
  ];
  const withIdentities = (identities: JsonObject) =>
    synthesizeExisting({ ...teamInput, objectStore: { ...store, endpoint: undefined, identities } });

  test("IRSA: the account carries its role, and pods hold no keys", () => {
    const platform = withIdentities({ mode: "irsa", roles: Object.fromEntries(accounts.map((name) => [name, role])) });
    const account = resourceOf(platform, "kubernetes_service_account_v1.service-account-mlflow-mlflow");
    expect(account.metadata.annotations).toEqual({ "eks.amazonaws.com/role-arn": role });
    expect(platform.text).not.toMatch(/AWS_SECRET_ACCESS_KEY|AWS_ENDPOINT_URL_S3/);
    expect(platform.releases.map(({ name }) => name)).not.toContain("bucket-keys");
  });

  test("workload identity: the account carries what the cluster reads, or nothing", () => {
    const annotations = { "mlflow/mlflow": { "identity.example/id": "7" } };
    const platform = withIdentities({ mode: "workload-identity", annotations });
    const of = (id: string) => resourceOf(platform, `kubernetes_service_account_v1.service-account-${id}`);
    expect(of("mlflow-mlflow").metadata.annotations).toEqual({ "identity.example/id": "7" });
    expect(of("prefect-flow-run").metadata.annotations).toEqual({});
  });
});

import { serviceAddress } from "../../deployment/answering";
import { clearCustomResources, deleteDefinitions, ourDefinitions } from "../../deployment/crds";
import { whatIsLost } from "../../deployment/destroy";
import { findLeftovers } from "../../deployment/leftovers";
import { forget, staleRevisions } from "../../deployment/stale-releases";
import { fakeKubectl, object } from "./fake-kubectl";

const namespaces = ["mlflow", "jupyterhub", "open-mlops"];
const releases = [{ name: "mlflow", namespace: "mlflow", chart: "mlflow", values: [] }];

describe("releases left half-way", () => {
  test("only our own are found, whatever they were at", async () => {
    const { kubectl, asked } = fakeKubectl({
      "get secrets":
        "mlflow  sh.helm.release.v1.mlflow.v2  mlflow  pending-upgrade\nshop  sh.helm.release.v1.mlflow.v1  mlflow  pending-install\n",
    });
    expect(await staleRevisions(kubectl, releases)).toEqual([
      { release: "mlflow", namespace: "mlflow", status: "pending-upgrade", secret: "sh.helm.release.v1.mlflow.v2" },
    ]);
    expect(asked[0]).toContain("pending-install, pending-upgrade, pending-rollback, uninstalling");
    // The data of these secrets holds every value.
    expect(asked[0]).not.toContain("json");
  });

  test("forgetting one takes that revision alone", async () => {
    const { kubectl, asked } = fakeKubectl({});
    await forget(kubectl, { release: "mlflow", namespace: "mlflow", status: "pending-install", secret: "s.v1" });
    expect(asked).toEqual(["delete secret s.v1 --namespace mlflow --ignore-not-found"]);
  });
});

describe("what is left after a destroy", () => {
  const byRelease = (namespace: string) => ({ annotations: { "meta.helm.sh/release-namespace": namespace } });

  test("everything of ours is found, and nothing of anybody else", async () => {
    const { kubectl } = fakeKubectl({
      "get namespaces": [object("mlflow"), object("jupyterhub", {}, { deletionTimestamp: "now" }), object("shop")],
      "get secrets": "mlflow mlflow\nshop shop\n",
      "get clusterroles": [object("gateway", {}, byRelease("mlflow")), object("shop", {}, byRelease("shop"))],
      "get persistentvolumes": [
        object("pvc-1", { spec: { claimRef: { namespace: "jupyterhub", name: "claim-ada" } } }),
        object("pvc-2", { spec: { claimRef: { namespace: "shop", name: "orders" } } }),
      ],
      "get storageclasses": [
        object("ours", {}, { labels: { "app.kubernetes.io/part-of": "open-mlops" } }),
        object("default"),
      ],
      "get customresourcedefinitions": [object("daskclusters.gateway.dask.org"), object("ingressroutes.traefik.io")],
    });
    const left = await findLeftovers(kubectl, namespaces, ["daskclusters.gateway.dask.org"]);
    expect(left.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "release mlflow",
      "namespace mlflow",
      "namespace jupyterhub",
      "customresourcedefinition daskclusters.gateway.dask.org",
      "clusterrole gateway",
      "persistentvolume pvc-1",
      "storageclass ours",
    ]);
    for (const { remedy, because } of left) expect([remedy, because]).not.toContain("");
    expect(left[2]?.because).toContain("finalizer");
  });

  test("an empty cluster has nothing of ours, and kinds that it does not know are none", async () => {
    const { kubectl } = fakeKubectl({
      "get apiservices": { fails: 'error: the server doesn\'t have a resource type "apiservices"' },
      "get secrets": "",
    });
    expect(await findLeftovers(kubectl, namespaces)).toEqual([]);
  });

  test("that it could not be asked is an error, and not an empty list", async () => {
    const { kubectl } = fakeKubectl({ "get clusterroles": { fails: "Forbidden" }, "get secrets": "" });
    await expect(findLeftovers(kubectl, namespaces)).rejects.toThrow("`kubectl get clusterroles` failed");
  });
});

describe("definitions that charts bring and Helm never removes", () => {
  const made = (name: string, when: string, manager: string) =>
    object(name, {}, { creationTimestamp: when, managedFields: [{ manager }] });
  const table = {
    "get namespace dask-gateway": [object("dask-gateway", {}, { creationTimestamp: "2026-01-02T00:00:00Z" })],
    "get customresourcedefinitions": [
      made("daskclusters.gateway.dask.org", "2026-01-02T00:00:05Z", "terraform-provider-helm_v3.1.1_x5"),
      // Somebody's own Traefik was here first.
      made("ingressroutes.traefik.io", "2025-06-01T00:00:00Z", "helm"),
      made("middlewares.traefik.io", "2026-01-03T00:00:00Z", "kubectl"),
      made("certificates.cert-manager.io", "2026-01-03T00:00:00Z", "helm"),
    ],
  };

  test("those that were there before us, or are of another chart, are not ours", async () => {
    expect(await ourDefinitions(fakeKubectl(table).kubectl, ["dask-gateway", "mlflow"])).toEqual([
      "daskclusters.gateway.dask.org",
    ]);
  });

  test("those of the foundation's charts are looked for as those of the components are", async () => {
    const { kubectl } = fakeKubectl({
      "get namespace envoy-gateway": [object("envoy-gateway", {}, { creationTimestamp: "2026-01-02T00:00:00Z" })],
      "get customresourcedefinitions": [
        made("gateways.gateway.networking.k8s.io", "2026-01-02T00:00:05Z", "helm"),
        made("httproutes.gateway.networking.k8s.io", "2025-06-01T00:00:00Z", "helm"),
        made("securitypolicies.gateway.envoyproxy.io", "2026-01-02T00:00:05Z", "helm"),
      ],
    });
    expect(await ourDefinitions(kubectl, ["envoy-gateway"])).toEqual([
      "gateways.gateway.networking.k8s.io",
      "securitypolicies.gateway.envoyproxy.io",
    ]);
  });

  test("one that is in use stays", async () => {
    const { kubectl, asked } = fakeKubectl({ "get a.example": [object("used")] });
    await deleteDefinitions(kubectl, ["a.example", "b.example"]);
    expect(asked.filter((command) => command.startsWith("delete"))).toEqual([
      "delete customresourcedefinition b.example --ignore-not-found",
    ]);
  });
});

test("models go while their operator lives, and the wait for them has an end", async () => {
  const { kubectl, asked } = fakeKubectl({ "get seldondeployments.machinelearning.seldon.io": [object("flights")] });
  expect(await clearCustomResources(kubectl, ["seldon", "mlflow"], () => {})).toBe(1);
  expect(asked.at(-1)).toMatch(
    /^delete seldondeployments\.machinelearning\.seldon\.io --namespace seldon --all --wait --timeout/,
  );
});

test("the edge's gateway goes while its controller lives, which takes the load balancer and lets the class go", async () => {
  const { kubectl, asked } = fakeKubectl({ "get gateways.gateway.networking.k8s.io": [object("edge")] });
  expect(await clearCustomResources(kubectl, ["envoy-gateway"], () => {})).toBe(1);
  expect(asked.at(-1)).toContain("delete gateways.gateway.networking.k8s.io --namespace envoy-gateway --all --wait");
});

test("what is lost is said before it is: homes by name and size", async () => {
  const claim = (name: string, namespace: string) =>
    object(name, { spec: { resources: { requests: { storage: "10Gi" } } } }, { namespace });
  const { kubectl } = fakeKubectl({
    "get persistentvolumeclaims": [
      claim("claim-ada", "jupyterhub"),
      claim("postgres-1", "open-mlops"),
      claim("orders", "shop"),
    ],
  });
  expect((await whatIsLost(kubectl, namespaces)).join("\n")).toMatch(
    /1 homes? of people.*claim-ada \(10Gi\)[\s\S]*postgres-1/,
  );
});

test("an offer's address names a service", () => {
  expect(serviceAddress("http://prefect-server.prefect:4200/api/health")).toEqual({
    service: "prefect-server",
    namespace: "prefect",
    port: 4200,
    path: "/api/health",
  });
  expect(() => serviceAddress("http://localhost/health")).toThrow("offer one like");
});

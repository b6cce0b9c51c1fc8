import fc from "fast-check";
import { among, components, identity, often, withFittingIdentity } from "./arbitrary-parts";

const secret = fc.constant({ namespace: "keys", name: "a" });
const accounts = [
  "mlflow/mlflow",
  "jupyterhub/jupyter-user",
  "prefect/flow-run",
  "dask-gateway/dask-worker",
  "seldon/model-server",
];
const byAccount = (value: fc.Arbitrary<unknown>) =>
  often(
    fc.tuple(...accounts.map(() => value)).map((all) => Object.fromEntries(accounts.map((key, n) => [key, all[n]]))),
    among({}, { "mlflow/other": "x" }),
  );
const storageGiB = often(fc.integer({ min: 1, max: 500 }), among(0, 1.5));
/** Environments in a cluster that exists. */
const edge = fc.oneof(
  fc.constant({ mode: "none" }),
  fc.record({
    mode: fc.constant("gateway"),
    domain: often(among("mlops.example.com"), among("mlops")),
    certificates: among({ mode: "own-ca" }, { mode: "given", secret: { namespace: "keys", name: "tls" } }),
    service: fc.oneof(
      among({ type: "node-port" }, { type: "node-port", port: 30500 }),
      fc.record({
        type: fc.constant("load-balancer"),
        from: fc.array(often(among("10.0.0.0/8", "192.168.1.0/24"), among("0.0.0.0/0")), {
          minLength: 1,
          maxLength: 2,
        }),
      }),
    ),
  }),
);

export const inExisting = withFittingIdentity(
  fc.record(
    {
      name: fc.stringMatching(/^[a-z][a-z0-9]{0,5}(-[a-z0-9]{1,4}){1,2}$/),
      place: fc.constant("existing"),
      context: often(among("kind-a", "arn:aws:eks:eu-west-1:111122223333:cluster/a"), among("", 5)),
      kubeconfig: among("~/.kube/other", "/etc/kubeconfig"),
      size: often(among("kind", "team"), among("large")),
      storageClass: often(among("standard", "fast.ssd"), among("Fast One")),
      objectStore: fc.oneof(
        fc.record({ mode: fc.constant("seaweedfs"), storageGiB }),
        fc.record(
          {
            mode: fc.constant("s3"),
            endpoint: often(among("https://s3.example", "http://10.0.0.7:9000"), among("s3.example")),
            region: fc.constant("us-east-1"),
            buckets: often(
              fc.constant({ data: "a-data", "mlflow/artifacts": "some.artifacts" }),
              among({}, { data: "A" }),
            ),
            identities: fc.oneof(
              fc.record({ mode: fc.constant("secrets"), secrets: byAccount(secret) }),
              fc.record({
                mode: fc.constant("irsa"),
                roles: byAccount(fc.constant("arn:aws:iam::111122223333:role/a")),
              }),
              fc.record({ mode: fc.constant("workload-identity") }),
            ),
          },
          { requiredKeys: ["mode", "region", "buckets", "identities"] },
        ),
      ),
      database: fc.oneof(
        fc.record({ mode: fc.constant("cloudnative-pg"), instances: fc.integer({ min: 1, max: 3 }), storageGiB }),
        fc.record(
          {
            mode: fc.constant("postgres"),
            host: often(among("db.example", "10.0.0.8"), among("postgres://db")),
            admin: secret,
            tls: among("require", "prefer", "disable"),
          },
          { requiredKeys: ["mode", "host", "admin"] },
        ),
      ),
      edge,
      identity,
      gpu: among({ mode: "none" }, { mode: "nodes", perNode: 2 }),
      mirror: fc.record(
        {
          charts: among({ mode: "repository", url: "oci://mirror.example/charts" }),
          images: often(among("mirror.example:5000", "mirror.example/a/b"), among("https://mirror.example")),
        },
        { requiredKeys: [] },
      ),
      state: fc.constant({ mode: "local" }),
      images: fc.constant({ toolbox: "registry.example/toolbox:1", serving: "registry.example/serving:1" }),
      components,
    },
    {
      requiredKeys: [
        ...["name", "place", "context", "size", "storageClass", "objectStore", "database", "gpu", "state"],
        ...["images", "components"],
      ] as never,
    },
  ),
  "edge",
);

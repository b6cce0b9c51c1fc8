import type { EnvironmentInput } from "../constructs/contracts/environment";

/**
 * A cluster that is there already, with nothing in it but storage: kind, k3s or any other with one node and 8 GiB. The
 * platform brings its own store of objects and its own Postgres. With three nodes say `size: "team"`, and three
 * instances of Postgres.
 *
 * Before the first deploy: name your context and storage class (`kubectl config get-contexts`, `kubectl get
 * storageclass`), build the images from `toolbox/` and put them where your nodes find them.
 */
export default {
  name: "existing",
  place: "existing",
  context: "kind-open-mlops",
  size: "kind",
  storageClass: "standard",
  objectStore: { mode: "seaweedfs", storageGiB: 20 },
  database: { mode: "cloudnative-pg", instances: 1, storageGiB: 5 },
  edge: { mode: "none" },
  identity: { mode: "none" },
  observability: { mode: "off" },
  backup: { mode: "off" },
  gpu: { mode: "none" },
  state: { mode: "local" },
  images: { toolbox: "localhost/open-mlops/toolbox:0.1.0", serving: "localhost/open-mlops/serving:0.1.0" },
  components: [
    { tool: "jupyterhub", homeGiB: 2 },
    { tool: "mlflow" },
    { tool: "prefect", concurrency: 2 },
    { tool: "dask-gateway", maxWorkers: 2 },
    { tool: "seldon" },
  ],
} satisfies EnvironmentInput;

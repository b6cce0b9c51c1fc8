import { catalogue } from "../../constructs/components/catalogue";
import type { JsonObject } from "../../constructs/contracts/json";
import { loadEnvironment } from "../../constructs/contracts/load";
import { ExistingProfile } from "../../constructs/existing/profile";
import existing from "../../environments/existing";
import { type SynthesizedPlatform, synthesizeComponents } from "./platform";

/** Where the team's mirror is, and the project's own images, in these tests. */
export const mirrorRegistry = "mirror.example:5000/open-mlops";
export const ownImages = { toolbox: "registry.example/toolbox:1.2.3", serving: "registry.example/serving:1.2.3" };

/** A cluster that has nothing but storage, and room for little. */
export const smallInput: JsonObject = { ...existing, images: ownImages };

/** A team's cluster: the store, the database, the GPUs and the way in are there, the internet is not. */
export const teamInput: JsonObject = {
  ...existing,
  name: "team",
  context: "team",
  kubeconfig: "/etc/open-mlops/kubeconfig",
  size: "team",
  images: ownImages,
  objectStore: {
    mode: "s3",
    endpoint: "https://s3.team.example:9000",
    region: "eu-central-1",
    buckets: { data: "team-data", "mlflow/artifacts": "team-artifacts" },
    identities: {
      mode: "secrets",
      secrets: Object.fromEntries(
        [
          "mlflow/mlflow",
          "jupyterhub/jupyter-user",
          "prefect/flow-run",
          "dask-gateway/dask-worker",
          "seldon/model-server",
        ].map((account) => [account, { namespace: "keys", name: account.replace("/", "-") }]),
      ),
    },
  },
  database: {
    mode: "postgres",
    host: "postgres.team.example",
    port: 6432,
    admin: { namespace: "keys", name: "postgres" },
    tls: "prefer",
  },
  edge: {
    mode: "gateway",
    domain: "mlops.team.example",
    certificates: { mode: "given", secret: { namespace: "keys", name: "mlops-team-example" } },
    service: { type: "load-balancer", annotations: { "service.example/internal": "true" }, from: ["10.0.0.0/8"] },
  },
  identity: {
    mode: "external",
    issuer: "https://accounts.team.example",
    endpoints: {
      authorize: "https://accounts.team.example/authorize",
      token: "https://accounts.team.example/token",
      userinfo: "https://accounts.team.example/userinfo",
      jwks: "https://accounts.team.example/keys",
    },
    clientId: "mlops",
    clientSecret: { namespace: "keys", name: "oidc" },
    groups: { admins: ["platform"], members: ["data"], viewers: ["everyone"] },
  },
  gpu: {
    mode: "nodes",
    perNode: 2,
    nodeSelector: { accelerator: "a100" },
    tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
  },
  mirror: { charts: { mode: "repository", url: "oci://mirror.example:5000/charts" }, images: mirrorRegistry },
  components: [
    { tool: "jupyterhub", profiles: [{ name: "gpu", cpu: 1, memoryGiB: 4, gpus: 2 }] },
    ...existing.components.slice(1),
  ],
};

/** The platform of an environment in a cluster that exists, as its stack has it. */
export function synthesizeExisting(input: unknown): SynthesizedPlatform {
  const environment = loadEnvironment(input, catalogue);
  if (environment.place !== "existing") throw new Error(`the environment is in the place ${environment.place}`);
  return synthesizeComponents(
    environment.components,
    new ExistingProfile(environment),
    environment.mirror,
    environment.foundation,
    environment.identity,
  );
}

/** A cluster that has nothing, and people come in all the same: by a port of every node, with an authority of its own. */
export const openInput: JsonObject = {
  ...smallInput,
  edge: {
    mode: "gateway",
    domain: "mlops.small.example",
    certificates: { mode: "own-ca" },
    service: { type: "node-port" },
  },
  identity: { mode: "builtin", admin: "ada" },
};

/** Platforms that between them set every value of this place. */
export const existingVariants: Readonly<Record<string, () => SynthesizedPlatform>> = {
  "in a small cluster that has nothing": () => synthesizeExisting(smallInput),
  "in a small cluster that has nothing, from a mirror": () =>
    synthesizeExisting({ ...smallInput, mirror: { images: mirrorRegistry } }),
  "in a small cluster that people come into": () => synthesizeExisting(openInput),
  "in a team's cluster that has everything": () => synthesizeExisting(teamInput),
};

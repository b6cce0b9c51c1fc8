import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironments } from "../../constructs/contracts/load";
import { InvalidInputError } from "../../constructs/contracts/problems";
import { changed } from "../support/environments";
import { openInput, smallInput, teamInput } from "../support/existing";

/** The problems of bad input; none where it is good. */
function problems(...environments: unknown[]): readonly string[] {
  try {
    loadEnvironments(environments, catalogue);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems;
    throw error;
  }
}

const small = (path: string, value: unknown) => changed(smallInput, path, value);
const team = (path: string, value: unknown) => changed(teamInput, path, value);

test("both are good, and side by side", () => expect(problems(smallInput, teamInput)).toEqual([]));

test("what may be left out has a safe default", () => {
  const [environment] = loadEnvironments([team("database.tls", undefined)], catalogue);
  expect(environment).toMatchObject({ database: { tls: "require", port: 6432 } });
});

test.each<[string, unknown, string]>([
  ["an unknown key", small("colour", "red"), 'existing: unknown key "colour"; remove it, or use one of: name, place'],
  ["no context", small("context", undefined), "existing.context is missing; give a string"],
  ["a size", small("size", "large"), 'existing.size is "large"; use "kind" or "team"'],
  ["a mode", small("objectStore.mode", "minio"), 'existing.objectStore.mode is "minio"; use "s3" or "seaweedfs"'],
  ["no room", small("database.storageGiB", 0), "existing.database.storageGiB is 0; use 1 or more"],
  ["a key of another mode", small("database.host", "x"), 'existing.database: unknown key "host"; remove it'],
  [
    "an endpoint with a path",
    team("objectStore.endpoint", "https://s3.example/bucket"),
    'team.objectStore.endpoint is "https://s3.example/bucket"; use http(s)://host:port, without a path',
  ],
  ["a host with a scheme", team("database.host", "postgres://x"), "use a host name or an address, without a scheme"],
  [
    "mail at a port that no policy opens",
    { ...openInput, identity: { mode: "builtin", admin: "ada", smtp: { host: "smtp.x", port: 25, from: "a@b.co" } } },
    "existing.identity.smtp.port is 25; use 587 or 465, where mail is taken encrypted",
  ],
  [
    "a bucket that is missing",
    team("objectStore.buckets", { data: "team-data" }),
    'team.objectStore.buckets has no "mlflow/artifacts", which the components need; add it',
  ],
  [
    "a bucket that nobody needs",
    team("objectStore.buckets.mlflow/artefacts", "team-data"),
    'team.objectStore.buckets has "mlflow/artefacts", which nothing needs; remove it, or use one of: data, mlflow/artifacts',
  ],
  [
    "an account without keys",
    team("objectStore.identities.secrets.mlflow/mlflow", undefined),
    'team.objectStore.identities.secrets has no "mlflow/mlflow", which the components need; add it',
  ],
  [
    "a load balancer open to all",
    team("edge.service.from", ["0.0.0.0/0"]),
    'team.edge.service.from.0 is "0.0.0.0/0"; open to a large part of the internet; name your networks',
  ],
  ["more GPUs than a node has", team("gpu.perNode", 1), "jupyterhub asks for 2 GPUs and a GPU node has 1"],
  ["GPUs where there are none", team("gpu", { mode: "none" }), "there are no GPU nodes; add a GPU node group"],
  [
    "a mirror that is no registry",
    team("mirror.images", "https://mirror.example/"),
    'team.mirror.images is "https://mirror.example/"; use registry or registry/path, without https://',
  ],
  [
    "a mirror of charts that is no address",
    team("mirror.charts.url", "mirror.example"),
    'team.mirror.charts.url is "mirror.example"; use the address of a Helm repository',
  ],
])("%s is reported once, with its path, the value and the remedy", (_, input, message) => {
  expect(problems(input)).toEqual([expect.stringContaining(message)]);
});

test("all problems come together, whichever part they are in", () => {
  let bad: unknown = teamInput;
  for (const [path, value] of [
    ["place", "somewhere"],
    ["size", "huge"],
    ["storageClass", "Fast One"],
    ["objectStore.buckets", {}],
    ["database.port", "6432"],
    ["edge.service.from", []],
  ] as const) {
    bad = changed(bad, path, value);
  }
  const found = problems(bad).join("\n");
  for (const part of ['place is "somewhere"', 'size is "huge"', '"Fast One"', 'port is "6432"', "service.from is []"]) {
    expect(found).toContain(part);
  }
});

test("a component that could not be read makes nothing needless", () => {
  const input = changed(teamInput, "components.1", { tool: "mlflow", replicas: 0 });
  expect(problems(input)).toEqual([expect.stringContaining("replicas is 0; use 1 or more")]);
});

test("a mirror serves a cluster on AWS too", () => {
  const dev = require("../../environments/dev").default;
  expect(problems({ ...dev, mirror: teamInput["mirror"] })).toEqual([]);
});

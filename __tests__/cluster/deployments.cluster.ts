import { execFileSync, spawnSync } from "node:child_process";
import * as path from "node:path";
import { labPaths } from "../../lab/paths";
import { cluster, project } from "./running-cluster";

/**
 * What the deployments plugin asks of a cluster, on the real API server: one releases at a time, and its manifests are
 * admitted as far as the cluster has their definitions. In a namespace of its own, so a platform may stand beside.
 */
const namespace = "try-deployments";
const kubectl = process.env["KUBECTL"] ?? "kubectl";

beforeAll(() => {
  const problem = cluster();
  if (problem) throw new Error(problem);
  execFileSync(kubectl, ["create", "namespace", namespace]);
});

afterAll(() => {
  execFileSync(kubectl, ["delete", "namespace", namespace, "--wait=false"]);
});

test("leases, manifests and refusals", () => {
  const python = path.join(labPaths().python, "toolbox", "bin", "python");
  const settings = path.join(project, "toolbox/pyproject.toml");
  const { status, stdout } = spawnSync(
    python,
    ["-m", "pytest", "--config-file", settings, path.join(__dirname, "deployments")],
    { env: { ...process.env, CLUSTER_NAMESPACE: namespace }, encoding: "utf8" },
  );
  console.log(stdout);
  expect(status).toBe(0);
});

import * as net from "node:net";
import { charts } from "../../constructs/pins";
import { chartDefinitions } from "../../deployment/definitions";
import { type Check, examine, type Machine } from "../../doctor/check";
import { clusterChecks, memoryAsked, programChecks, reachable, type Wishes } from "../../doctor/cluster-checks";
import { type LabContext, labChecks, nodeVersion } from "../../doctor/lab-checks";
import { type Answer, fakeKubectl, object } from "../deployment/fake-kubectl";

/** Broken set-ups: each names its fault with the value, and the remedy. */

const GiB = 2 ** 30;
const machine = (changes: Partial<Machine> = {}): Machine => ({
  run: async () => ({ code: 0, stdout: '{"terraform_version":"1.11.4"}', output: [] }),
  env: process.env,
  node: "v22.1.0",
  memoryBytes: 16 * GiB,
  freeBytes: () => 100 * GiB,
  ...changes,
});
const lab = (changes: Partial<LabContext> = {}): LabContext => ({
  machine: machine(),
  root: "/home/ada/.lab",
  installed: false,
  running: false,
  ports: {},
  ...changes,
});
const releases = [
  {
    name: "hub",
    namespace: "jupyterhub",
    chart: "jupyterhub",
    values: [
      {
        hub: { resources: { requests: { cpu: "100m", memory: "1Gi" } } },
        singleuser: { profileList: [{ kubespawner_override: { mem_guarantee: "4G" } }] },
      },
    ],
  },
];
const node = (memory: string, more: object = {}) =>
  object("node-1", { status: { allocatable: { memory, ...more }, nodeInfo: { kubeletVersion: "v1.35.4" } } });

async function one<C>(checks: readonly Check<C>[], name: string, context: C) {
  const check = checks.find((each) => each.name === name);
  if (!check) throw new Error(`no check ${name}`);
  const [finding] = await examine([check], context);
  return finding;
}
const inCluster = (name: string, table: Record<string, Answer>, wishes: Partial<Wishes> = {}) =>
  one([reachable, ...clusterChecks], name, {
    machine: machine(),
    kubectl: fakeKubectl(table).kubectl,
    wishes: { edge: "none", releases, ...wishes },
  });
const failed = (found: string, remedy: string) => ({
  verdict: "fail",
  found: expect.stringContaining(found),
  remedy: expect.stringContaining(remedy),
});

describe("this machine", () => {
  test("a node that is too old", async () => {
    expect(await one([nodeVersion], "node", lab({ machine: machine({ node: "v18.20.4" }) }))).toMatchObject(
      failed("v18.20.4", "install Node 20.19"),
    );
  });

  test("a Python that is none", async () => {
    const env = { ...process.env, OPEN_MLOPS_PYTHON: "/no/such/python" };
    expect(await one(labChecks, "python", lab({ machine: machine({ env }) }))).toMatchObject(
      failed("No Python", "OPEN_MLOPS_PYTHON"),
    );
  });

  test("a full disk, less of which is enough once it is installed", async () => {
    const full = machine({ freeBytes: () => 1.5 * GiB });
    expect(await one(labChecks, "disk", lab({ machine: full }))).toMatchObject(
      failed("1.5 GiB free at /home/ada/.lab", "free 2.5 GiB more"),
    );
    expect(await one(labChecks, "disk", lab({ machine: full, installed: true }))).toMatchObject({ verdict: "pass" });
  });

  test("little memory", async () => {
    expect(await one(labChecks, "memory", lab({ machine: machine({ memoryBytes: GiB }) }))).toMatchObject(
      failed("1.0 GiB", "2.0 GiB at least"),
    );
    expect(await one(labChecks, "memory", lab({ machine: machine({ memoryBytes: 3 * GiB }) }))).toMatchObject({
      verdict: "warn",
    });
  });

  test("a port that somebody holds", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as net.AddressInfo;
    const context = lab({ ports: { mlflow: port } });
    expect(await one(labChecks, "ports", context)).toMatchObject(
      failed(`port ${port} (mlflow) is in use`, "choose another"),
    );
    expect(await one(labChecks, "ports", { ...context, running: true })).toMatchObject({ verdict: "pass" });
    server.close();
  });

  test("no Terraform, an old one, and something else under its name", async () => {
    const asked = (run: Machine["run"], env: NodeJS.ProcessEnv = {}) =>
      one(programChecks, "terraform", { machine: machine({ run, env }), kubectl: "kubectl" });
    const missing: Machine["run"] = async () => ({ code: 127, stdout: "", output: ["not found"] });
    expect(await asked(missing)).toMatchObject(failed("Neither terraform nor tofu", "install Terraform"));
    expect(await asked(missing, { TERRAFORM: "/bin/true" })).toMatchObject(failed("/bin/true", "name the program"));
    const old: Machine["run"] = async () => ({ code: 0, stdout: '{"terraform_version":"1.5.7"}', output: [] });
    expect(await asked(old)).toMatchObject(failed("terraform is 1.5.7", "install Terraform 1.10"));
  });

  test("no kubectl", async () => {
    const run: Machine["run"] = async () => ({ code: 127, stdout: "", output: ["spawn kubectl ENOENT"] });
    expect(await one(programChecks, "kubectl", { machine: machine({ run }), kubectl: "kubectl" })).toMatchObject(
      failed("ENOENT", "name it in KUBECTL"),
    );
  });
});

describe("the cluster", () => {
  const version = (server: string) => ({
    version: { clientVersion: { gitVersion: "v1.36.0" }, serverVersion: { gitVersion: server } },
  });

  test("one that does not answer", async () => {
    const refused = { version: { fails: "The connection to the server 10.0.0.1:6443 was refused" } };
    expect(await inCluster("cluster", refused)).toMatchObject(failed("10.0.0.1:6443 was refused", "right context"));
  });

  test("a Kubernetes that charts refuse, one that is new, and one that is known", async () => {
    expect(await inCluster("cluster", version("v1.27.3"))).toMatchObject(
      failed("v1.27.3", "upgrade the cluster to 1.30"),
    );
    expect(await inCluster("cluster", version("v1.40.0"))).toMatchObject({ verdict: "warn" });
    expect(await inCluster("cluster", version("v1.35.4+k3s1"))).toMatchObject({ verdict: "pass" });
  });

  test("rights that are missing, each by name", async () => {
    const table = {
      "can-i *": { fails: "no" },
      "can-i create clusterroles.rbac.authorization.k8s.io": { fails: "no" },
    };
    expect(await inCluster("permissions", table)).toMatchObject(
      failed("you may not create clusterroles.rbac.authorization.k8s.io", "cluster administrator"),
    );
    expect(await inCluster("permissions", {})).toMatchObject({ verdict: "pass" });
  });

  test("a storage class that is not there, and one that makes no volumes", async () => {
    const table = {
      "get storageclasses": [
        object("local", { provisioner: "kubernetes.io/no-provisioner" }),
        object("fast", { provisioner: "ebs.csi.aws.com" }),
      ],
    };
    expect(await inCluster("storage class", table, { storageClass: "standard" })).toMatchObject(
      failed('"standard" is not there', "(local, fast)"),
    );
    expect(await inCluster("storage class", table, { storageClass: "local" })).toMatchObject(
      failed("makes no volumes", "provisioner"),
    );
    expect(await inCluster("storage class", table, { storageClass: "fast" })).toMatchObject({ verdict: "pass" });
  });

  test("load balancers that nobody gives an address", async () => {
    const wishes = { edge: "load-balancer" } as const;
    expect(await inCluster("edge", { "get nodes": [node("8Gi")] }, wishes)).toMatchObject(
      failed("nothing here gives load balancers", "MetalLB"),
    );
    const metal = { "get daemonsets,deployments": [object("metallb-speaker")] };
    expect(await inCluster("edge", metal, wishes)).toMatchObject({ verdict: "pass" });
    const cloud = { "get nodes": [object("n", { spec: { providerID: "aws:///eu-west-1a/i-1" } })] };
    expect(await inCluster("edge", cloud, wishes)).toMatchObject({ verdict: "pass" });
  });

  test("network policies that do nothing: a plugin that is not known is not trusted", async () => {
    const plugin = (name: string, args: string[] = []) => ({
      "get daemonsets": [object(name, { spec: { template: { spec: { containers: [{ name, args }] } } } })],
    });
    expect(await inCluster("network policy", plugin("kube-flannel-ds"))).toMatchObject({
      verdict: "warn",
      found: expect.stringContaining("maybe not enforced (found kube-flannel-ds)"),
      remedy: expect.stringContaining("Calico or Cilium"),
    });
    expect(await inCluster("network policy", plugin("aws-node"))).toMatchObject({ verdict: "warn" });
    // On, and yet not promised for pods that nothing owns.
    expect(await inCluster("network policy", plugin("aws-node", ["--enable-network-policy=true"]))).toMatchObject({
      verdict: "warn",
      found: expect.stringContaining("pods without an owner"),
      remedy: expect.stringContaining("must time out"),
    });
    expect(await inCluster("network policy", plugin("cilium"))).toMatchObject({ verdict: "pass" });
  });

  test("an External Secrets that somebody else has installed", async () => {
    const definition = (namespace: string) => ({
      "get customresourcedefinition externalsecrets.external-secrets.io": [
        object(
          "externalsecrets.external-secrets.io",
          {},
          { annotations: { "meta.helm.sh/release-namespace": namespace } },
        ),
      ],
    });
    expect(await inCluster("secrets operator", definition("platform-team"))).toMatchObject(
      failed("externalsecrets.external-secrets.io is of platform-team", "remove that External Secrets"),
    );
    expect(await inCluster("secrets operator", definition("external-secrets"))).toMatchObject({ verdict: "pass" });
    expect(await inCluster("secrets operator", {})).toMatchObject({ verdict: "pass" });
  });

  test("definitions of another version of a chart, which Helm would leave as they are", async () => {
    // From a mirror, where the chart is a file.
    const chart = { name: "dask-gateway", namespace: "dask-gateway", chart: "/charts/dask-gateway.tgz", values: [] };
    const [name = ""] = Object.keys(chartDefinitions["dask-gateway"]?.definitions ?? {});
    const versions = [{ name: "v1alpha1", schema: { openAPIV3Schema: { properties: { spec: {} } } } }];
    const table = { "get customresourcedefinitions": [object(name, { spec: { versions } }), object("others.example")] };
    expect(await inCluster("definitions", table, { releases: [chart] })).toMatchObject({
      verdict: "warn",
      found: `not those of dask-gateway ${charts.daskGateway.version}: ${name}`,
      remedy: expect.stringContaining("helm show crds dask-gateway --repo https://helm.dask.org --version"),
    });
    expect(await inCluster("definitions", {}, { releases: [chart] })).toMatchObject({ verdict: "pass" });
    expect(await inCluster("definitions", table, { releases })).toMatchObject({ verdict: "pass" });
  });

  test("GPU nodes that are not there, and GPUs that nobody shows", async () => {
    const gpu = { perNode: 1, nodeSelector: { accelerator: "nvidia" } };
    expect(await inCluster("GPU nodes", {}, { gpu })).toMatchObject(failed("accelerator=nvidia", "gpu.nodeSelector"));
    expect(await inCluster("GPU nodes", { "get nodes": [node("8Gi")] }, { gpu })).toMatchObject(
      failed("no node offers 1 nvidia.com/gpu", "device plugin"),
    );
    const there = { "get nodes": [node("8Gi", { "nvidia.com/gpu": "1" })] };
    expect(await inCluster("GPU nodes", there, { gpu })).toMatchObject({ verdict: "pass" });
  });

  test("too little memory: for the tools, for the largest server, for both at once", async () => {
    expect(memoryAsked(releases)).toEqual({ tools: GiB, largest: 4 * GiB });
    const nodes = (...sizes: string[]) => ({ "get nodes": sizes.map((size) => node(size)) });
    expect(await inCluster("memory", nodes("900Mi"))).toMatchObject(failed("the tools ask for 1.0 GiB", "add nodes"));
    expect(await inCluster("memory", nodes("3Gi", "3Gi"))).toMatchObject(failed("4.0 GiB", "profiles smaller"));
    expect(await inCluster("memory", nodes("4500Mi"))).toMatchObject({ verdict: "warn" });
    expect(await inCluster("memory", nodes("8Gi"))).toMatchObject({ verdict: "pass" });
  });

  test("a check that breaks is a finding, and keeps no other from running", async () => {
    const broken: Check<object> = { name: "broken", run: async () => Promise.reject(new Error("Forbidden")) };
    const fine: Check<object> = { name: "fine", run: async () => ({ verdict: "pass", found: "there" }) };
    expect(await examine([broken, fine], {})).toMatchObject([
      { check: "broken", ...failed("Forbidden", "run it again") },
      { check: "fine", verdict: "pass" },
    ]);
  });
});

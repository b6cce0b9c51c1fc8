import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterProfile } from "../../constructs/contracts/cluster-profile";
import type { AnyComponent } from "../../constructs/contracts/component";
import type { Team } from "../../constructs/contracts/teams";
import { admissionPolicies } from "../../constructs/foundation/admission";
import { priorityClasses } from "../../constructs/foundation/scheduling/priorities";
import { sources } from "../../constructs/sources";
import { testCluster } from "../support/cluster";
import { chooseComponents, fiveTools } from "../support/platform";
import { cluster } from "./running-cluster";

/**
 * What tools may start for people, judged by a real API server: each tool's service account asks for a pod as the tool
 * makes it, and for one that differs in a single thing. Nothing is made (`--dry-run=server`). Namespaces, classes and
 * policies have names of their own, so a platform may stand beside.
 */
const kubectl = process.env["KUBECTL"] ?? "kubectl";
const ours = (name: string) => name.replaceAll("open-mlops-", "try-");
const team: Team = { name: "red", groups: ["red"], priority: "high", limits: {} };
const toolsOf: readonly (AnyComponent & { readonly name: string })[] = chooseComponents(fiveTools)
  .filter(({ startsForPeople }) => startsForPeople)
  .map((component) => Object.assign(Object.create(component) as AnyComponent, { name: `try-${component.name}` }));
const profile: ClusterProfile = testCluster({
  images: {
    toolbox: { repository: "registry.example/mlops/toolbox", tag: "1.2.3" },
    serving: { repository: "registry.example/mlops/serving", tag: "1.2.3" },
  },
  bucketAccess: () => ({
    env: {},
    secretEnv: { AWS_ACCESS_KEY_ID: { name: "store-keys", key: "AWS_ACCESS_KEY_ID" } },
  }),
});

interface Pod {
  serviceAccountName?: string;
  priorityClassName?: string;
  hostNetwork?: boolean;
  volumes?: object[];
  initContainers?: object[];
  containers: { [key: string]: unknown; image: string; resources?: object }[];
}

beforeAll(async () => {
  const problem = cluster();
  if (problem) throw new Error(problem);
  apply([...priorityClasses([team]), ...namespaces(), ...policies()]);
  for (const tool of toolsOf) {
    // A policy takes a moment to be in force.
    for (
      let tries = 0;
      refusal(
        tool,
        violating((pod) => (pod.serviceAccountName = "default")),
      ) === undefined;
      tries++
    ) {
      if (tries > 60) throw new Error(`the policy of ${tool.name} is not in force after a minute`);
      await sleep(1000);
    }
  }
}, 120_000);

afterAll(() => {
  const objects = [...policies(), ...namespaces(), ...priorityClasses([team])];
  run(["delete", "--ignore-not-found", "--filename", "-"], list(objects));
}, 120_000);

describe.each(toolsOf.map((tool) => [tool.name, tool] as const))("%s", (_, tool) => {
  const starts = tool.startsForPeople;

  test("starts a pod as it does", () => {
    expect(refusal(tool, (pod) => pod)).toBeUndefined();
  });

  test("gives it the keys of its buckets, and an image by digest from beside the toolbox", () => {
    const given = violating((pod) => {
      const [first] = pod.containers;
      if (!first) return;
      first.image = `registry.example/mlops/own@sha256:${"a".repeat(64)}`;
      first["env"] = [secretEnv("store-keys"), ...(starts?.secrets ?? []).map((each) => secretEnv(`${each}1`))];
    });
    expect(refusal(tool, given)).toBeUndefined();
  });

  const container = (change: (first: Pod["containers"][number]) => void) =>
    violating((pod) => {
      const [first] = pod.containers;
      if (first) change(first);
    });
  test.each<[string, (pod: Pod) => Pod, RegExp]>([
    ["an image without a tag", container((c) => (c.image = "registry.example/mlops/toolbox")), /names? a tag/],
    ["the tag latest", container((c) => (c.image = "registry.example/mlops/toolbox:latest")), /not latest/],
    ["a registry's port and no tag", container((c) => (c.image = "registry.example:5000/toolbox")), /name a tag/],
    ["an unknown registry", container((c) => (c.image = "docker.io/library/python:3.12")), /push it beside/],
    ["a folder that begins alike", container((c) => (c.image = "registry.example/mlops-x/a:1")), /push it beside/],
    ["another service account", violating((p) => (p.serviceAccountName = "hub")), /leave serviceAccountName/],
    ["a variable from a secret", container((c) => (c["env"] = [secretEnv("database")])), /a secret is read/],
    ["all of a secret", container((c) => (c["envFrom"] = [{ secretRef: { name: "database" } }])), /a secret is read/],
    ["a volume of a secret", violating((p) => (p.volumes = [{ name: "s", secret: { secretName: "x" } }])), /a secret/],
    [
      "a projected secret",
      violating((p) => (p.volumes = [{ name: "s", projected: { sources: [{ secret: { name: "x" } }] } }])),
      /a secret is read/,
    ],
    ["no resources", container((c) => delete c.resources), /resources\.requests\.cpu/],
    ["no limit", container((c) => (c.resources = { requests: { cpu: "1", memory: "1Gi" } })), /limits\.memory/],
    [
      "a first container without a limit",
      violating((p) => (p.initContainers = [{ name: "i", image: "registry.example/mlops/toolbox:1" }])),
      /resources\.requests\.cpu/,
    ],
    ["the tools' priority", violating((p) => (p.priorityClassName = ours("open-mlops-tools"))), /a priority/],
    ["the node's network", violating((p) => (p.hostNetwork = true)), /leave hostPort/],
    ["a port of the node", container((c) => (c["ports"] = [{ containerPort: 1, hostPort: 1 }])), /leave hostPort/],
    [
      "a folder of the node",
      violating((p) => (p.volumes = [{ name: "h", hostPath: { path: "/" } }])),
      /leave hostPort/,
    ],
  ])("is refused: %s", (_, change, says) => {
    expect(refusal(tool, change)).toMatch(says);
  });

  test("a priority of a team passes where pods are of one person", () => {
    const said = refusal(
      tool,
      violating((pod) => (pod.priorityClassName = ours("open-mlops-people-red"))),
    );
    if (starts?.byTeam) expect(said).toBeUndefined();
    else expect(said).toMatch(/a priority is asked for/);
  });

  test("another namespace is refused", () => {
    const other = toolsOf.find((each) => each !== tool);
    expect(refusal(tool, (pod) => pod, other?.name)).toMatch(/alone/);
  });
});

function violating(change: (pod: Pod) => unknown): (pod: Pod) => Pod {
  return (pod) => {
    change(pod);
    return pod;
  };
}

function secretEnv(name: string) {
  return { name: "A", valueFrom: { secretKeyRef: { name, key: "a" } } };
}

/** What the API server says to a tool that asks for such a pod; undefined where it lets it through. */
function refusal(tool: AnyComponent, change: (pod: Pod) => Pod, namespace = tool.name): string | undefined {
  const { startsForPeople: starts } = tool;
  if (!starts) throw new Error(`${tool.name} starts nothing`);
  const [priority = ""] = starts.priorities;
  const pod = change({
    serviceAccountName: starts.serviceAccount,
    priorityClassName: ours(priority),
    containers: [
      {
        name: "main",
        image: "registry.example/mlops/toolbox:1.2.3",
        resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
      },
    ],
  });
  const metadata = { name: "someones", namespace };
  const labels = { app: "someones" };
  const object = {
    pods: { apiVersion: "v1", kind: "Pod", metadata, spec: pod },
    jobs: {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata,
      spec: { template: { spec: { ...pod, restartPolicy: "Never" } } },
    },
    deployments: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } },
    },
  }[starts.makes];
  const maker = `system:serviceaccount:${tool.name}:${starts.maker}`;
  try {
    run(["create", "--dry-run=server", "--as", maker, "--filename", "-"], JSON.stringify(object));
    return undefined;
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? error);
    // What others refuse is no answer of ours.
    if (!said.includes("ValidatingAdmissionPolicy")) throw new Error(said);
    return said;
  }
}

function policies(): object[] {
  const made = admissionPolicies({ cluster: profile, parts: toolsOf, teams: [team], from: sources() });
  return JSON.parse(ours(JSON.stringify(made))) as object[];
}

/** Each tool's namespace, its accounts, and the right of its maker to make what it makes, in every one of them. */
function namespaces(): object[] {
  const each = toolsOf.flatMap(({ startsForPeople: starts }) => (starts ? [starts.maker, starts.serviceAccount] : []));
  const accounts = [...new Set(["hub", ...each])];
  return toolsOf.flatMap(({ name }) => [
    { apiVersion: "v1", kind: "Namespace", metadata: { name } },
    ...accounts.map((account) => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: account, namespace: name },
    })),
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "makers", namespace: name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "edit" },
      subjects: toolsOf.map((tool) => ({
        kind: "ServiceAccount",
        name: tool.startsForPeople?.maker ?? "",
        namespace: tool.name,
      })),
    },
  ]);
}

function apply(objects: readonly object[]): void {
  run(["apply", "--filename", "-"], list(objects));
}

function list(objects: readonly object[]): string {
  return ours(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
}

function run(args: readonly string[], input: string): void {
  execFileSync(kubectl, args, { input, stdio: ["pipe", "pipe", "pipe"], encoding: "utf8" });
}

import { operatorAccount } from "../constructs/foundation/external-secrets/account";
import type { Kubectl, KubernetesObject } from "../deployment/kubectl";
import { atLeast, findTerraform } from "../deployment/programs";
import type { Release } from "../deployment/synthesize";
import { type CertificateWishes, certificates } from "./certificates";
import { bytes, type Check, fail, gibibytes, type Machine, pass, warn } from "./check";
import { definitions } from "./definitions";
import { networkPolicy } from "./network-policy";

/** What an environment asks of its cluster, as far as the doctor looks. */
export interface Wishes {
  /** The class it names; absent where the platform makes its own. */
  readonly storageClass?: string;
  readonly edge: "none" | "node-port" | "load-balancer";
  /** Present where a cluster that exists has an edge. */
  readonly certificates?: CertificateWishes;
  /** GPU nodes it counts on; absent where it has none, or starts them itself. */
  readonly gpu?: { readonly perNode: number; readonly nodeSelector: Readonly<Record<string, string>> };
  readonly releases: readonly Release[];
}

export interface ClusterContext {
  readonly machine: Machine;
  readonly kubectl: Kubectl;
  readonly wishes: Wishes;
}

/** The oldest version that a chart here allows (JupyterHub's), and those that the platform was tried on. */
export const kubernetesMinimum = "1.30";
export const kubernetesTried = ["1.34", "1.35", "1.36"];

interface Node extends KubernetesObject {
  readonly spec?: { readonly providerID?: string };
  readonly status?: {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly nodeInfo?: { readonly kubeletVersion?: string };
  };
}

/** Programs of this machine that a deployment runs. Helm itself is not needed: its provider holds it. */
export const programChecks: readonly Check<{ readonly machine: Machine; readonly kubectl: string }>[] = [
  {
    name: "terraform",
    async run({ machine }) {
      try {
        const { name, version } = await findTerraform(machine.run, machine.env);
        return pass(`${name} ${version}`);
      } catch (error) {
        const [found = "", remedy = ""] = (error as Error).message.split("; ");
        return fail(found, remedy);
      }
    },
  },
  {
    name: "kubectl",
    async run({ machine, kubectl }) {
      const { code, stdout, output } = await machine.run(kubectl, ["version", "--client", "--output", "json"]);
      if (code !== 0) return fail(output[0] ?? "not found", "install kubectl, or name it in KUBECTL");
      return pass(/"gitVersion":\s*"([^"]+)"/.exec(stdout)?.[1] ?? "there");
    },
  },
];

/** Whether the cluster answers; without it nothing else can be asked. */
export const reachable: Check<ClusterContext> = {
  name: "cluster",
  async run({ kubectl }) {
    const { code, stdout, output } = await kubectl.try("version", "--output", "json", "--request-timeout", "15s");
    const server = (/"serverVersion"[\s\S]*/.exec(stdout)?.[0] ?? "").match(/"gitVersion":\s*"([^"]+)"/)?.[1];
    if (code !== 0 || !server) {
      const why = output.filter((line) => /error|refused|unable|expired|denied|no such/i.test(line)).at(-1);
      return fail(
        why?.trim() ?? "it does not answer",
        "name the right context and kubeconfig in the environment, and look whether `kubectl get nodes` works",
      );
    }
    const version = /v?(\d+\.\d+)/.exec(server)?.[1] ?? "";
    if (!atLeast(version, kubernetesMinimum))
      return fail(
        `Kubernetes ${server}`,
        `upgrade the cluster to ${kubernetesMinimum} or later: charts refuse older ones`,
      );
    return kubernetesTried.includes(version)
      ? pass(`Kubernetes ${server}`)
      : warn(
          `Kubernetes ${server}`,
          `the platform was tried on ${kubernetesTried.join(", ")}; try it in a test environment first`,
        );
  },
};

/** What the platform's stack makes, by the resource that the API server is asked about. */
const made = [
  "namespaces",
  "secrets",
  "serviceaccounts",
  "services",
  "persistentvolumeclaims",
  "deployments.apps",
  "jobs.batch",
  "networkpolicies.networking.k8s.io",
  "roles.rbac.authorization.k8s.io",
  "clusterroles.rbac.authorization.k8s.io",
  "clusterrolebindings.rbac.authorization.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
  "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

export const clusterChecks: readonly Check<ClusterContext>[] = [
  {
    name: "permissions",
    async run({ kubectl }) {
      const may = async (verb: string, what: string) =>
        (await kubectl.try("auth", "can-i", verb, what, "--all-namespaces")).code === 0;
      if (await may("*", "*")) return pass("everything");
      const lacking: string[] = [];
      for (const what of made)
        for (const verb of ["create", "delete"]) if (!(await may(verb, what))) lacking.push(`${verb} ${what}`);
      return lacking.length === 0
        ? pass("what the platform makes")
        : fail(
            `you may not ${lacking.join(", ")}`,
            "deploy as a cluster administrator, or have these rights given to you",
          );
    },
  },
  {
    name: "storage class",
    async run({ kubectl, wishes }) {
      if (!wishes.storageClass) return pass("the platform makes its own");
      const classes = await kubectl.list<KubernetesObject & { readonly provisioner?: string }>("storageclasses");
      const found = classes.find(({ metadata }) => metadata.name === wishes.storageClass);
      if (!found) {
        const others = classes.map(({ metadata }) => metadata.name).join(", ") || "none: install a provisioner first";
        return fail(
          `"${wishes.storageClass}" is not there`,
          `name one that is in the environment's storageClass (${others})`,
        );
      }
      return found.provisioner === "kubernetes.io/no-provisioner"
        ? fail(
            `"${wishes.storageClass}" makes no volumes`,
            "name a class with a provisioner: each person gets a volume",
          )
        : pass(`${wishes.storageClass} (${found.provisioner})`);
    },
  },
  {
    name: "edge",
    async run({ kubectl, wishes }) {
      if (wishes.edge !== "load-balancer") return pass(wishes.edge);
      const nodes = await kubectl.list<Node>("nodes");
      const cloud = nodes
        .map(({ spec }) => /^(aws|gce|azure|openstack|digitalocean|hcloud|oci):/.exec(spec?.providerID ?? "")?.[1])
        .find(Boolean);
      if (cloud) return pass(`load balancers of ${cloud}`);
      const workloads = await kubectl.list("daemonsets,deployments", "--all-namespaces");
      const giver = workloads
        .map(({ metadata }) => metadata.name)
        .find((name) => /metallb|svclb|kube-vip|cloud-controller|cloud-provider/.test(name));
      return giver
        ? pass(`load balancers by ${giver}`)
        : fail(
            "nothing here gives load balancers an address",
            'install one that does, such as MetalLB, or give the edge a service of the type "node-port"',
          );
    },
  },
  { name: "certificates", run: ({ kubectl, wishes }) => certificates(kubectl, wishes.certificates) },
  {
    name: "definitions",
    run: ({ kubectl, wishes }) =>
      definitions(
        kubectl,
        wishes.releases.map(({ namespace }) => namespace),
      ),
  },
  { name: "network policy", run: ({ kubectl }) => networkPolicy(kubectl) },
  {
    name: "secrets operator",
    async run({ kubectl }) {
      const definition = "externalsecrets.external-secrets.io";
      const [found] = await kubectl.list("customresourcedefinition", definition);
      if (!found) return pass("the platform brings External Secrets");
      const owner = found.metadata.annotations?.["meta.helm.sh/release-namespace"] ?? "something other than Helm";
      return owner === operatorAccount.namespace
        ? pass("External Secrets is there")
        : fail(
            `${definition} is of ${owner}`,
            "remove that External Secrets, or take another cluster: its definitions can belong to one release alone",
          );
    },
  },
  {
    name: "GPU nodes",
    async run({ kubectl, wishes: { gpu } }) {
      if (!gpu) return pass("none are asked for");
      const labels = Object.entries(gpu.nodeSelector).map(([key, value]) => `${key}=${value}`);
      const nodes = await kubectl.list<Node>("nodes", ...(labels.length > 0 ? ["--selector", labels.join(",")] : []));
      const gpus = nodes.map(({ status }) => Number(status?.allocatable?.["nvidia.com/gpu"] ?? 0));
      if (gpus.some((count) => count >= gpu.perNode)) return pass(`${gpus.filter(Boolean).length} nodes with GPUs`);
      return nodes.length === 0
        ? fail(
            `no node has the labels ${labels.join(", ")}`,
            'add GPU nodes, correct gpu.nodeSelector, or set gpu to { mode: "none" }',
          )
        : fail(
            `no node offers ${gpu.perNode} nvidia.com/gpu (at most ${Math.max(0, ...gpus)})`,
            "install NVIDIA's device plugin on the GPU nodes, or correct gpu.perNode",
          );
    },
  },
  {
    name: "memory",
    async run({ kubectl, wishes }) {
      const nodes = await kubectl.list<Node>("nodes");
      const each = nodes.map(({ status }) => bytes(status?.allocatable?.["memory"] ?? ""));
      const there = each.reduce((sum, size) => sum + size, 0);
      const { tools, largest } = memoryAsked(wishes.releases);
      const found = `${gibibytes(there)} allocatable on ${nodes.length === 1 ? "one node" : `${nodes.length} nodes`}; the tools ask for ${gibibytes(tools)}`;
      if (tools > there) return fail(found, "add nodes, or use the environment's smaller size");
      if (largest > Math.max(...each))
        return fail(
          `the largest server that people may choose has ${gibibytes(largest)}, the largest node ${gibibytes(Math.max(...each))}`,
          "make JupyterHub's profiles smaller, or add larger nodes",
        );
      return tools + largest > there
        ? warn(found, `a server of ${gibibytes(largest)} beside the tools does not fit; add a node`)
        : pass(found);
    },
  },
];

/** Memory that the values of the releases ask for, and that of the largest server people may choose. */
export function memoryAsked(releases: readonly Release[]): { readonly tools: number; readonly largest: number } {
  let tools = 0;
  let largest = 0;
  const walk = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    for (const [key, inner] of Object.entries(value)) {
      const memory = key === "requests" ? (inner as { memory?: unknown } | null)?.memory : undefined;
      if (typeof memory === "string") tools += bytes(memory) || 0;
      // KubeSpawner's G is 2^30 bytes.
      if (key === "mem_guarantee" && typeof inner === "string")
        largest = Math.max(largest, bytes(inner.replace(/G$/, "Gi")) || 0);
      walk(inner);
    }
  };
  for (const { values } of releases) walk(values);
  return { tools, largest };
}

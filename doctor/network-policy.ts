import type { Kubectl, KubernetesObject } from "../deployment/kubectl";
import { pass, warn } from "./check";

interface DaemonSet extends KubernetesObject {
  readonly spec?: {
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly name: string; readonly args?: readonly string[] }[] };
    };
  };
}

/** Network plugins that are known to enforce policies, by the daemon set they run as. */
const enforcing: Readonly<Record<string, RegExp>> = {
  Calico: /^(calico-node|canal)$/,
  Cilium: /^(cilium|anetd)$/,
  Antrea: /^antrea-agent$/,
  "kube-router": /^kube-router$/,
  "OVN-Kubernetes": /^ovnkube-node/,
  "Azure's policy manager": /^azure-npm$/,
  "Weave Net": /^weave-net$/,
};

const remedy =
  "the platform closes its tools with network policies: install a plugin that enforces them, such as Calico or Cilium, or keep strangers out of this cluster";

/**
 * Whether network policies do anything here. The API server takes them in either way, so only the plugin tells; one that
 * is not known is not trusted.
 */
export async function networkPolicy(kubectl: Kubectl) {
  const sets = await kubectl.list<DaemonSet>("daemonsets", "--all-namespaces");
  for (const [name, pattern] of Object.entries(enforcing)) {
    if (sets.some(({ metadata }) => pattern.test(metadata.name))) return pass(`enforced by ${name}`);
  }
  const aws = sets.find(({ metadata }) => metadata.name === "aws-node");
  if (aws) {
    const args = (aws.spec?.template?.spec?.containers ?? []).flatMap((container) => container.args ?? []);
    return args.includes("--enable-network-policy=true")
      ? warn(
          "enforced by the VPC CNI, which AWS does not promise for people's servers: they are pods without an owner",
          "from a notebook, `curl --max-time 5 http://api-dask-gateway.dask-gateway:8000` must time out; where it is answered, have Calico enforce policies instead (constructs/foundation/README.md)",
        )
      : warn(
          "the VPC CNI is there with network policies switched off",
          `switch on the add-on's enableNetworkPolicy; ${remedy}`,
        );
  }
  const nodes = await kubectl.list<KubernetesObject & { status?: { nodeInfo?: { kubeletVersion?: string } } }>("nodes");
  // k3s has kube-router's controller in its own process, where no daemon set shows it.
  if (nodes.some(({ status }) => status?.nodeInfo?.kubeletVersion?.includes("+k3s")))
    return pass("enforced by k3s, unless it was switched off");
  const known = sets.map(({ metadata }) => metadata.name).filter((name) => /flannel|kindnet|cni|net/.test(name));
  return warn(
    `accepted, but maybe not enforced (${known.length > 0 ? `found ${known.join(", ")}` : "no known network plugin was found"})`,
    remedy,
  );
}

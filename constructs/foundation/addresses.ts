import type { Peer } from "./network-policy";

/** Addresses of the node itself, among them the cloud's metadata (169.254.169.254), which holds the node's keys. */
const linkLocal = "169.254.0.0/16";

/** Not of the internet: private networks (RFC 1918), those of carriers, which clouds give to pods (RFC 6598), the node. */
const inner = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", linkLocal];

const block = (cidr: string, except?: readonly string[]): Peer => ({
  ipBlock: { cidr, ...(except ? { except } : {}) },
});

/** Every public address. */
export const internet = block("0.0.0.0/0", inner);

/** Every address but those of the node: where something is whose address is not known, private or public. */
export const somewhere = block("0.0.0.0/0", [linkLocal]);

export const blocks = (cidrs: readonly string[]): Peer[] => cidrs.map((cidr) => block(cidr));

/** EKS' agent on the node, which gives a pod the keys of its own identity. */
export const podIdentityAgent = block("169.254.170.23/32");

/**
 * Ports of Kubernetes API servers: 443 of the service `kubernetes` and of EKS, 6443 of kubeadm, kind and k3s. Their
 * addresses are the cluster's own business, so a rule cannot name them.
 */
export const kubernetesApiPorts = [443, 6443];

/** Ports at which mail servers take mail: encrypted from the start, and after STARTTLS. */
export const mailPorts = [465, 587];

/** What a node itself answers: its kubelet, and the exporter of the node's figures. */
export const nodePorts = [9100, 10250];

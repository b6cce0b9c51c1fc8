import type { StoreEndpoint } from "../../contracts/cluster-profile";

/** Where people's servers may connect to, beside the internet, DNS and the Hub, which the chart allows. */
export interface EgressRule {
  readonly to: readonly (IpBlock | NamespacePeer)[];
  readonly ports?: readonly { readonly port: number; readonly protocol: "TCP" }[];
}

interface IpBlock {
  readonly ipBlock: { readonly cidr: string };
}
interface NamespacePeer {
  readonly namespaceSelector: { readonly matchLabels: Readonly<Record<string, string>> };
}

const tcp = (port: number) => ({ port, protocol: "TCP" }) as const;

/**
 * Private addresses are closed by default, and the instance metadata (169.254.169.254) always. These are opened: the
 * tools that a server consumes, the pod-identity agent, and HTTPS in private networks, for the Kubernetes API (models are
 * deployed through it) and for private endpoints of the cloud. A store of objects elsewhere is opened at its port.
 */
export function userEgress(namespaces: readonly string[], store?: StoreEndpoint): EgressRule[] {
  const inNamespace = (name: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  });
  const privatePorts = new Set([443, 6443, ...(store && !store.namespace ? [store.port] : [])]);
  return [
    { to: namespaces.map(inNamespace) },
    ...(store?.namespace ? [{ to: [inNamespace(store.namespace)], ports: [tcp(store.port)] }] : []),
    { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [tcp(80)] },
    {
      to: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => ({ ipBlock: { cidr } })),
      ports: [...privatePorts].map(tcp),
    },
  ];
}

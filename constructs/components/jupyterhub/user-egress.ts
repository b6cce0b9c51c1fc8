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
 * deployed through it) and for private endpoints of the cloud.
 */
export function userEgress(namespaces: readonly string[]): EgressRule[] {
  return [
    {
      to: namespaces.map((name) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } })),
    },
    { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [tcp(80)] },
    {
      to: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((cidr) => ({ ipBlock: { cidr } })),
      ports: [tcp(443), tcp(6443)],
    },
  ];
}

/** A NetworkPolicy of `networking.k8s.io/v1`, as far as the platform writes them. */
export interface NetworkPolicy {
  readonly apiVersion: "networking.k8s.io/v1";
  readonly kind: "NetworkPolicy";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    /** Without labels: every pod of the namespace. */
    readonly podSelector: LabelSelector;
    readonly policyTypes: readonly ("Ingress" | "Egress")[];
    readonly ingress?: readonly IngressRule[];
    readonly egress?: readonly EgressRule[];
  };
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

/** Without `from`: from everywhere. Without `ports`: at every port of every protocol. */
export interface IngressRule {
  readonly from?: readonly Peer[];
  readonly ports?: readonly PolicyPort[];
}

/** A rule here always says where to: one without would open everything. */
export interface EgressRule {
  readonly to: readonly Peer[];
  readonly ports?: readonly PolicyPort[];
}

export type Peer =
  | { readonly podSelector: LabelSelector; readonly namespaceSelector?: LabelSelector }
  | { readonly namespaceSelector: LabelSelector }
  | { readonly ipBlock: { readonly cidr: string; readonly except?: readonly string[] } };

/** The port of the pod, behind whatever service stands before it; without one, every port of the protocol. */
export interface PolicyPort {
  readonly port?: number;
  readonly protocol: "TCP" | "UDP";
}

export const tcp = (port: number): PolicyPort => ({ port, protocol: "TCP" });

/** The namespace by the label that the API server itself gives each one. */
export const namespaceNamed = (name: string): LabelSelector => ({
  matchLabels: { "kubernetes.io/metadata.name": name },
});

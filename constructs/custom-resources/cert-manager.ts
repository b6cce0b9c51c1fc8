import type { Metadata } from "./metadata";

/** Who signs certificates, for every namespace. */
export interface ClusterIssuer {
  readonly apiVersion: "cert-manager.io/v1";
  readonly kind: "ClusterIssuer";
  readonly metadata: Metadata;
  readonly spec:
    | { readonly selfSigned: Readonly<Record<string, never>> }
    /** The authority's key and certificate, in a secret beside cert-manager. */
    | { readonly ca: { readonly secretName: string } }
    | { readonly acme: Acme };
}

interface Acme {
  readonly server: string;
  readonly email?: string;
  readonly privateKeySecretRef: { readonly name: string };
  readonly solvers: readonly {
    readonly selector: { readonly dnsZones: readonly string[] };
    readonly dns01: { readonly route53: { readonly region: string; readonly hostedZoneID: string } };
  }[];
}

/** A certificate, which cert-manager keeps in a secret and renews. */
export interface Certificate {
  readonly apiVersion: "cert-manager.io/v1";
  readonly kind: "Certificate";
  readonly metadata: Metadata & { readonly namespace: string };
  readonly spec: {
    readonly secretName: string;
    readonly issuerRef: { readonly kind: "ClusterIssuer"; readonly name: string };
    readonly dnsNames?: readonly string[];
    readonly commonName?: string;
    readonly isCA?: true;
    /** Such as `87600h`. Default: 90 days. */
    readonly duration?: string;
    readonly privateKey: {
      readonly algorithm: "ECDSA";
      readonly size: 256;
      readonly rotationPolicy: "Always" | "Never";
    };
  };
}

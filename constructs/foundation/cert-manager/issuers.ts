import type { Edge } from "../../contracts/edge";
import type { Certificate, ClusterIssuer } from "../../custom-resources/cert-manager";

/** Who signs the edge's certificate. */
export const edgeIssuer = "edge";

/** The secret of the own authority, in cert-manager's namespace: its certificate is under `tls.crt`. */
export const ownAuthority = "own-authority";

/** The issuer that the edge names, and what it takes to have it. */
export function issuers(
  { domain, certificates }: Pick<Edge, "domain" | "certificates">,
  namespace: string,
): (ClusterIssuer | Certificate)[] {
  switch (certificates.mode) {
    case "lets-encrypt": {
      const { email, region, zoneId } = certificates;
      return [
        issuer(edgeIssuer, {
          acme: {
            server: "https://acme-v02.api.letsencrypt.org/directory",
            ...(email ? { email } : {}),
            privateKeySecretRef: { name: "lets-encrypt-account" },
            // By a record, because a certificate for `*.<domain>` has no other proof. The keys are those of the pod.
            solvers: [{ selector: { dnsZones: [domain] }, dns01: { route53: { region, hostedZoneID: zoneId } } }],
          },
        }),
      ];
    }
    case "own-ca":
      return [
        issuer("self-signed", { selfSigned: {} }),
        {
          apiVersion: "cert-manager.io/v1",
          kind: "Certificate",
          metadata: { name: ownAuthority, namespace },
          spec: {
            secretName: ownAuthority,
            issuerRef: { kind: "ClusterIssuer", name: "self-signed" },
            commonName: `Authority of ${domain}`.slice(0, 64),
            isCA: true,
            // Ten years: whoever trusts it has to be told again of a new one. So its key stays the same too.
            duration: "87600h",
            privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
          },
        },
        issuer(edgeIssuer, { ca: { secretName: ownAuthority } }),
      ];
    case "given":
      return [];
  }
}

function issuer(name: string, spec: ClusterIssuer["spec"]): ClusterIssuer {
  return { apiVersion: "cert-manager.io/v1", kind: "ClusterIssuer", metadata: { name }, spec };
}

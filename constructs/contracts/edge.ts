import { z } from "zod";
import { namedNetwork } from "./environment-parts";

/** How people, and code outside the cluster, come in. Everything that is published has a host of its own in the domain. */
export interface Edge {
  /** `mlops.example.com`; tools are at `hub.mlops.example.com` and so on. */
  readonly domain: string;
  readonly certificates: Certificates;
  readonly service: EdgeService;
}

/** Who signs the certificate of the domain and of all names in it. */
export type Certificates =
  /** Let's Encrypt, which wants a proof in the domain's zone; cert-manager writes it with its own identity. */
  | { readonly mode: "lets-encrypt"; readonly email?: string; readonly zoneId: string; readonly region: string }
  /** An authority made in the cluster. Browsers and clients must be told to trust it. */
  | { readonly mode: "own-ca" }
  /** A certificate that someone keeps, in a secret of type `kubernetes.io/tls`. */
  | { readonly mode: "given"; readonly secret: { readonly namespace: string; readonly name: string } };

/** Whose pods write the proof for Let's Encrypt; a cloud gives the right to it to nobody else. */
export const proofWriter = { namespace: "cert-manager", serviceAccount: "cert-manager" } as const;

/** What stands before the edge's proxies. */
export type EdgeService =
  | {
      readonly type: "load-balancer";
      /** What the cluster's cloud reads, such as whether its address is an inner one. */
      readonly annotations: Readonly<Record<string, string>>;
      /** The networks that are let in. */
      readonly from: readonly string[];
    }
  | { readonly type: "node-port" /** Of HTTPS, on every node. */; readonly port: number };

/** The port of HTTPS, as people's browsers see it. */
export function publicPort({ service }: Pick<Edge, "service">): number {
  return service.type === "node-port" ? service.port : 443;
}

/** The address of a published host. */
export function publicUrl(edge: Pick<Edge, "domain" | "service">, host: string): string {
  const port = publicPort(edge);
  return `https://${host}.${edge.domain}${port === 443 ? "" : `:${port}`}`;
}

export const domainName = z
  .string()
  .regex(/^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/, { error: "use a domain like mlops.example.com" });

const kubernetesName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, {
  error: "use a Kubernetes name: lower-case letters, digits, dashes",
});

/** A secret in the cluster that a person or another tool keeps. */
export const secretName = z.strictObject({ namespace: kubernetesName, name: kubernetesName });

/** How people come into a platform in a cluster that exists. */
export const existingEdge = z.discriminatedUnion("mode", [
  /** By `kubectl port-forward` alone, as the outputs say. Saves the edge and the sign-in, and only who has the cluster gets in. */
  z.strictObject({ mode: z.literal("none") }),
  z.strictObject({
    mode: z.literal("gateway"),
    /** Its names, `*.<domain>`, must lead to the service below. */
    domain: domainName,
    certificates: z.discriminatedUnion("mode", [
      z.strictObject({ mode: z.literal("own-ca") }),
      z.strictObject({ mode: z.literal("given"), secret: secretName }),
    ]),
    service: z.discriminatedUnion("type", [
      z.strictObject({
        type: z.literal("load-balancer"),
        annotations: z.record(z.string(), z.string()).default({}),
        from: z.array(namedNetwork).min(1),
      }),
      z.strictObject({ type: z.literal("node-port"), port: z.int().min(30000).max(32767).default(30443) }),
    ]),
  }),
]);

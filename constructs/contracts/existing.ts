import { z } from "zod";
import { existingEdge, secretName } from "./edge";
import { components, image, name, state } from "./environment-parts";
import { foundationShape } from "./foundation";
import { mirrorSchema } from "./mirror";

/** An environment in a cluster that is there already: which one, and what it has. */

const kubernetesName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, {
  error: "use a Kubernetes name: lower-case letters, digits, dashes",
});
const host = z.string().regex(/^[\w.-]+$/, { error: "use a host name or an address, without a scheme and a port" });
const storageGiB = z.int().min(1).max(65536);
const labels = z.record(z.string(), z.string());

/** How pods prove who they are to an object store, by service account: `component/account`. */
const identities = z.discriminatedUnion("mode", [
  /** Keys, in secrets with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, copied to where the pods run. */
  z.strictObject({ mode: z.literal("secrets"), secrets: z.record(z.string(), secretName) }),
  /** IAM roles for service accounts: EKS, or any cluster whose issuer AWS trusts. */
  z.strictObject({
    mode: z.literal("irsa"),
    roles: z.record(
      z.string(),
      z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, { error: "use the ARN of an IAM role" }),
    ),
  }),
  /** An identity that the cluster gives: by annotations that its own controller reads, or by none (EKS Pod Identity). */
  z.strictObject({ mode: z.literal("workload-identity"), annotations: z.record(z.string(), labels).default({}) }),
]);

const objectStore = z.discriminatedUnion("mode", [
  /** Buckets that are there, in any store that speaks S3. */
  z.strictObject({
    mode: z.literal("s3"),
    /** Left out: AWS itself. A host of two parts, or one with `.svc`, is a service of this cluster, as for a server below. */
    endpoint: z
      .string()
      .regex(/^https?:\/\/[\w.-]+(:\d+)?$/, { error: "use http(s)://host:port, without a path" })
      .optional(),
    region: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: "use a region like us-east-1; most stores take any" }),
    /** The bucket of each need: `data`, and `component/name` for a component's own, such as `mlflow/artifacts`. */
    buckets: z.record(
      z.string(),
      z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: "use the name of a bucket, 3 to 63 characters" }),
    ),
    identities,
  }),
  /** SeaweedFS in the cluster: buckets, and one key a service account, are made there. */
  z.strictObject({ mode: z.literal("seaweedfs"), storageGiB }),
]);

const database = z.discriminatedUnion("mode", [
  /** A server that is there. Databases and users are made in it. */
  z.strictObject({
    mode: z.literal("postgres"),
    /** `service.namespace` is a service of this cluster, with the port of its pods; elsewhere, give the whole name. */
    host,
    port: z.int().min(1).max(65535).default(5432),
    /** A user that may make roles and databases, with the keys `username` and `password`. */
    admin: secretName,
    /** Say `prefer` or `disable` only for a server that cannot do more. */
    tls: z.enum(["require", "prefer", "disable"]).default("require"),
  }),
  /** CloudNativePG in the cluster: an operator and a server, with a standby for each instance after the first. */
  z.strictObject({ mode: z.literal("cloudnative-pg"), instances: z.int().min(1).max(9), storageGiB }),
]);

const gpu = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("none") }),
  z.strictObject({
    mode: z.literal("nodes"),
    /** GPUs on one node. */
    perNode: z.int().min(1).max(16),
    nodeSelector: labels.default({}),
    tolerations: z
      .array(
        z.strictObject({
          key: z.string().min(1),
          operator: z.enum(["Exists", "Equal"]),
          value: z.string().optional(),
          effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]),
        }),
      )
      .default([]),
  }),
]);

export const existingSchema = z.strictObject({
  name,
  place: z.literal("existing"),
  /** A context of the kubeconfig. */
  context: z.string().min(1),
  /** The kubeconfig's path. Default: what KUBECONFIG names, or `~/.kube/config`. */
  kubeconfig: z.string().min(1).optional(),
  /** `kind`: one node with 8 GiB, where tools are guaranteed little. `team`: three nodes or more. */
  size: z.enum(["kind", "team"]),
  /** A storage class that is there. */
  storageClass: kubernetesName,
  objectStore,
  database,
  /** How people come in. */
  edge: existingEdge.default({ mode: "none" }),
  ...foundationShape,
  gpu,
  /** The project's own images, built from `toolbox/` and pushed where the nodes can pull them. */
  images: z.strictObject({ toolbox: image, serving: image }),
  mirror: mirrorSchema.optional(),
  state,
  components,
});

export type ExistingEnvironment = Omit<z.output<typeof existingSchema>, "components">;

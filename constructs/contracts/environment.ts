import { z } from "zod";
import { parseCidr } from "./cidr";
import type { JsonObject } from "./json";
import { instanceTypes } from "./prices";

/**
 * Environments as data. The schemas are strict unions on the place, so that a state which makes no sense cannot be
 * written; `load.ts` reads them and reports every problem together.
 */

/** Kubernetes versions on EKS, each with the day its standard support ends. */
export const kubernetesVersions = { "1.34": "2026-12-02", "1.35": "2027-03-27", "1.36": "2027-08-02" } as const;

const cidr = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, { error: "use a block like 10.0.0.0/16, with its first address" });
const instanceType = z.string().refine((name) => name in instanceTypes, {
  error: `not in the price list; use one of ${Object.keys(instanceTypes).join(", ")}, or add it to constructs/contracts/prices.ts`,
});
const size = { min: z.int().min(0).max(100), max: z.int().min(1).max(100) };
const ordered = {
  check: (group: { min: number; max: number }) => group.min <= group.max,
  error: "min is more than max; swap them, or raise max",
};
const image = z.string().regex(/^[\w.:/-]+\/[\w./-]+:[\w.-]+$/, { error: "use repository:tag, with a registry" });

const nodeGroup = z
  .strictObject({ instanceType, ...size, spot: z.boolean().default(false) })
  .refine(ordered.check, { error: ordered.error });

const gpuNodes = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("none") }),
  z
    .strictObject({
      mode: z.literal("pool"),
      instanceType: instanceType.refine((name) => (instanceTypes[name]?.gpus ?? 1) > 0, {
        error: "has no GPU; use a g4dn, g5, g5g or g6 type",
      }),
      ...size,
      spot: z.boolean().default(false),
    })
    .refine(ordered.check, { error: ordered.error }),
]);

/** What stands in `components`: a tool of the catalogue, with its options beside its name. */
const componentChoice = z.looseObject({ tool: z.string().min(1) });
const components = z.array(componentChoice).min(1);
const name = z.string().regex(/^[a-z][a-z0-9-]{1,14}$/, { error: "use 2 to 15 lower-case letters, digits and dashes" });

export const awsSchema = z.strictObject({
  name,
  place: z.literal("aws"),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: "use a region like eu-west-1" }),
  network: z.strictObject({
    /** The VPC's block, /16 to /20. */
    cidr: cidr.refine((text) => [16, 17, 18, 19, 20].includes(parseCidr(text)?.prefix ?? 16), {
      error: "use a block of /16 to /20: pods take an address each",
    }),
    zones: z.union([z.literal(2), z.literal(3)]),
    /** `single`: one NAT gateway, which its zone takes down with it. `per-zone`: one in each. */
    natGateways: z.enum(["single", "per-zone"]),
    /** Blocks of networks this one will be connected to; none may overlap. */
    reserved: z.array(cidr).default([]),
  }),
  kubernetes: z.strictObject({
    version: z.enum(Object.keys(kubernetesVersions) as [keyof typeof kubernetesVersions]),
    serviceCidr: cidr.default("172.20.0.0/16"),
    /** IAM roles that administer the cluster; the one that deploys must be among them. */
    admins: z
      .array(z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:(role|user)\/.+$/, { error: "use an IAM ARN" }))
      .min(1),
    /** Networks that may reach the API from outside; none means the private endpoint alone. */
    publicAccess: z.array(
      cidr.refine((text) => text !== "0.0.0.0/0", { error: "open to everyone; name your networks" }),
    ),
  }),
  nodes: z.strictObject({ system: nodeGroup, general: nodeGroup, gpu: gpuNodes }),
  database: z.strictObject({
    instanceClass: z.string().regex(/^db\.[a-z0-9]+\.[a-z0-9]+$/, { error: "use a class like db.t4g.micro" }),
    storageGiB: z.int().min(20).max(65536),
    multiZone: z.boolean(),
    backupDays: z.int().min(1).max(35),
  }),
  /** True keeps data when the environment is destroyed: buckets, database snapshot, and deletion protection. */
  protect: z.boolean(),
  state: z.discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("local") }),
    z.strictObject({ mode: z.literal("s3"), bucket: z.string().min(3), region: z.string() }),
  ]),
  /** The project's own images, built from `toolbox/` and pushed where the nodes can pull them. */
  images: z.strictObject({ toolbox: image, serving: image }),
  components,
});

export const labSchema = z.strictObject({
  name,
  place: z.literal("lab"),
  /** Ports to take instead of free ones, by the names that `mlops lab status` shows. */
  ports: z.record(z.string(), z.int().min(1024).max(65535)).default({}),
  components,
});

export const environmentSchema = z.discriminatedUnion("place", [awsSchema, labSchema]);

/** A tool by name, with its options. The catalogue says which there are. */
export type ComponentChoice = { readonly tool: string } & JsonObject;

/** An environment as one writes it: `export default { ... } satisfies EnvironmentInput`. */
export type EnvironmentInput = WithChoices<z.input<typeof awsSchema>> | WithChoices<z.input<typeof labSchema>>;
type WithChoices<T> = Omit<T, "components"> & { readonly components: readonly ComponentChoice[] };

/** An environment that was read and checked. */
export type AwsEnvironment = Omit<z.output<typeof awsSchema>, "components">;
export type LabEnvironment = Omit<z.output<typeof labSchema>, "components">;

import { z } from "zod";
import { isPrivate, parseCidr } from "./cidr";
import { cidr, components, image, name, namedNetwork, region, state } from "./environment-parts";
import { existingSchema } from "./existing";
import type { JsonObject } from "./json";
import { mirrorSchema } from "./mirror";
import { databaseClasses, instanceTypes } from "./prices";

/**
 * Environments as data. The schemas are strict unions on the place, so that a state which makes no sense cannot be
 * written; `load.ts` reads them and reports every problem together.
 */

/** Kubernetes versions on EKS, each with the day its standard support ends. */
export const kubernetesVersions = { "1.34": "2026-12-02", "1.35": "2027-03-27", "1.36": "2027-08-02" } as const;

/** The Kubernetes services' block where an environment names none. */
export const defaultServiceCidr = "172.20.0.0/16";

/** A block whose size and range AWS accepts; what is no block at all is another problem, reported already. */
const privateCidr = (from: number, to: number, why: string) =>
  cidr.refine(
    (text) => {
      const block = parseCidr(text);
      return !block || (isPrivate(block) && block.prefix >= from && block.prefix <= to);
    },
    { error: `use a private block of /${from} to /${to}: ${why}` },
  );

const listed = (list: object, rest: string) => ({
  check: (name: string) => Object.hasOwn(list, name),
  error: `not in the price list; use one of ${Object.keys(list).join(", ")}, or add ${rest} to constructs/contracts/prices.ts`,
});
const inPriceList = listed(instanceTypes, "the type");
const instanceType = z.string().refine(inPriceList.check, { error: inPriceList.error });
const hasGpu = (name: string) => Object.hasOwn(instanceTypes, name) && (instanceTypes[name]?.gpus ?? 0) > 0;

/** Nodes of a group: `min` at the least and to begin with, `max` at the most. */
const size = { min: z.int().min(0).max(100), max: z.int().min(1).max(100) };
/** Runs even when another key of the group is wrong, so that one message says everything. */
const ordered = {
  check: (group: { min?: unknown; max?: unknown } | null) =>
    !(typeof group?.min === "number" && typeof group.max === "number" && group.min > group.max),
  params: { error: "it is more than max; lower it, or raise max", path: ["min"], when: () => true },
};

const nodeGroup = z
  .strictObject({
    instanceType: instanceType.refine((name) => !hasGpu(name), { error: "has a GPU; describe GPU nodes in nodes.gpu" }),
    ...size,
    /** Spot costs about a third and may be taken away at two minutes' notice. Default false. */
    spot: z.boolean().default(false),
  })
  .refine(ordered.check, ordered.params);

const gpuNodes = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("none") }),
  z
    .strictObject({
      mode: z.literal("pool"),
      instanceType: instanceType.refine((name) => !inPriceList.check(name) || hasGpu(name), {
        error: "has no GPU; use a g4dn, g5, g5g or g6 type",
      }),
      ...size,
      spot: z.boolean().default(false),
    })
    .refine(ordered.check, ordered.params),
]);

const databaseClass = listed(databaseClasses, "the class");
const iamArn = z
  .string()
  .regex(/^arn:aws[\w-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/, { error: "use the IAM ARN of a role or a user" });
export const awsSchema = z.strictObject({
  name,
  place: z.literal("aws"),
  region,
  network: z.strictObject({
    /** The VPC's block, /16 to /20. */
    cidr: privateCidr(16, 20, "pods take an address each"),
    zones: z.literal([2, 3]),
    /** `single`: one NAT gateway, which its zone takes down with it. `per-zone`: one in each. */
    natGateways: z.enum(["single", "per-zone"]),
    /** Blocks of networks this one will be connected to; none may overlap. Default: none. */
    reserved: z.array(cidr).default([]),
  }),
  kubernetes: z.strictObject({
    version: z.enum(Object.keys(kubernetesVersions) as [keyof typeof kubernetesVersions]),
    /** Addresses of Kubernetes services, seen only inside the cluster. */
    serviceCidr: privateCidr(12, 24, "EKS takes no other").default(defaultServiceCidr),
    /** IAM roles or users that administer the cluster; the one that deploys must be among them. */
    admins: z
      .array(iamArn)
      .min(1)
      .refine((all) => new Set(all).size === all.length, { error: "the same ARN stands there twice; remove one" }),
    /** Networks that may reach the API from outside; none means the private endpoint alone. */
    publicAccess: z.array(namedNetwork),
  }),
  nodes: z.strictObject({ system: nodeGroup, general: nodeGroup, gpu: gpuNodes }),
  database: z.strictObject({
    instanceClass: z.string().refine(databaseClass.check, { error: databaseClass.error }),
    /** It grows by itself, up to twice as much. */
    storageGiB: z.int().min(20).max(32768),
    /** A second server in another zone takes over within a minute or two. Twice the price. */
    multiZone: z.boolean(),
    /** Days that backups are kept. */
    backupDays: z.int().min(1).max(35),
  }),
  /**
   * True refuses to destroy what holds data: the cluster and the database cannot be deleted, nor a bucket that is not
   * empty. To leave for good, set it to false, deploy, and then destroy.
   */
  protect: z.boolean(),
  state,
  /** The project's own images, built from `toolbox/` and pushed where the nodes can pull them. */
  images: z.strictObject({
    toolbox: image,
    serving: image,
    /**
     * What they were built for. Every node group must have it: pods go to any node. For `arm64` build both images for
     * it, and look at each image in `pins.ts` first: not every tool publishes one.
     */
    architecture: z.enum(["x86_64", "arm64"]).default("x86_64"),
  }),
  mirror: mirrorSchema.optional(),
  components,
});

export const labSchema = z.strictObject({
  name,
  place: z.literal("lab"),
  /** Ports to take instead of free ones, by the names that `mlops lab status` shows. */
  ports: z.record(z.string(), z.int().min(1024).max(65535)).default({}),
  components,
});

export const environmentSchema = z.discriminatedUnion("place", [awsSchema, existingSchema, labSchema]);

/** A tool by name, with its options. The catalogue says which there are. */
export type ComponentChoice = { readonly tool: string } & JsonObject;

/** An environment as one writes it: `export default { ... } satisfies EnvironmentInput`. */
export type EnvironmentInput =
  | WithChoices<z.input<typeof awsSchema>>
  | WithChoices<z.input<typeof existingSchema>>
  | WithChoices<z.input<typeof labSchema>>;
type WithChoices<T> = Omit<T, "components"> & { readonly components: readonly ComponentChoice[] };

/** An environment that was read and checked. */
export type AwsEnvironment = Omit<z.output<typeof awsSchema>, "components">;
export type { ExistingEnvironment } from "./existing";
export type LabEnvironment = Omit<z.output<typeof labSchema>, "components">;

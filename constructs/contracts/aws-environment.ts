import { z } from "zod";
import { networkSchema, privateCidr } from "./aws-network";
import { nodesSchema } from "./aws-nodes";
import { domainName } from "./edge";
import { awsState, components, image, name, namedNetwork, region } from "./environment-parts";
import { foundationShape } from "./foundation";
import { type KubernetesVersion, kubernetesVersions } from "./kubernetes-versions";
import { mirrorSchema } from "./mirror";
import { databaseClasses } from "./prices";

/** The Kubernetes services' block where an environment names none. */
export const defaultServiceCidr = "172.20.0.0/16";

const iamArn = z
  .string()
  .regex(/^arn:aws[\w-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/, { error: "use the IAM ARN of a role or a user" });

const kubernetes = z.strictObject({
  version: z.enum(Object.keys(kubernetesVersions) as [KubernetesVersion]),
  /** Addresses of Kubernetes services, seen only inside the cluster. */
  serviceCidr: privateCidr(12, 24, "EKS takes no other").default(defaultServiceCidr),
  /** IAM roles or users that administer the cluster; the one that deploys must be among them. */
  admins: z
    .array(iamArn)
    .min(1)
    .refine((all) => new Set(all).size === all.length, { error: "the same ARN stands there twice; remove one" }),
  /** Networks that may reach the API from outside; none means the private endpoint alone. */
  publicAccess: z.array(namedNetwork),
});

const database = z.strictObject({
  instanceClass: z.string().refine((given) => Object.hasOwn(databaseClasses, given), {
    error: `not in the price list; use one of ${Object.keys(databaseClasses).join(", ")}, or add the class to constructs/contracts/prices.ts`,
  }),
  /** It grows by itself, up to twice as much. */
  storageGiB: z.int().min(20).max(32768),
  /** A second server in another zone takes over within a minute or two. Twice the price. */
  multiZone: z.boolean(),
  /** Days that backups are kept. */
  backupDays: z.int().min(1).max(35),
});

/** Where people find the platform. */
const domain = z.discriminatedUnion("mode", [
  /** Nowhere public: by `kubectl port-forward`, as the outputs say. */
  z.strictObject({ mode: z.literal("none") }),
  /** Over HTTPS behind a network load balancer, each tool at a host of its own such as `hub.<name>`. */
  z.strictObject({
    mode: z.literal("route53"),
    name: domainName,
    /** `find`: the zone of exactly this name is there. `make`: made here; delegate it by the name servers in the outputs. */
    zone: z.enum(["find", "make"]),
    /** The networks that are let in. */
    from: z.array(namedNetwork).min(1),
    /** Where Let's Encrypt writes when a certificate is about to end unrenewed. Default: nowhere. */
    email: z.email({ error: "use an address like platform@example.com" }).optional(),
  }),
]);

/** What the project's own images were built for. Every node must have it: pods go to any node. */
const architecture = z.enum(["x86_64", "arm64"]).default("x86_64");
const secretArn = z
  .string()
  .regex(/^arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:ecr-pullthroughcache\/[\w+=,.@/-]+$/, {
    error: "use the ARN of a secret whose name begins with ecr-pullthroughcache/, as ECR asks",
  });
/** The project's own images, from `toolbox/`. For `arm64` look at each image in `constructs/pins` first: not every tool has one. */
const images = z.discriminatedUnion("mode", [
  /** Built in the account by CodeBuild, from this repository's Dockerfiles and locks, when they change. */
  z.strictObject({
    mode: z.literal("build"),
    architecture,
    /**
     * Keeps a copy of every image of quay.io and registry.k8s.io in the account's registry, and of the registries that
     * want to know who asks, where a secret (`username`, `accessToken`) is named. Left out: no copies.
     */
    pullThrough: z.strictObject({ dockerHub: secretArn.optional(), github: secretArn.optional() }).optional(),
  }),
  /** Pushed by someone where the nodes can pull them. */
  z.strictObject({
    mode: z.literal("given"),
    toolbox: image,
    /** For GPU nodes. Default: the same. */
    toolboxGpu: image.optional(),
    serving: image,
    architecture,
  }),
]);

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "use a time like 07:30" });
const weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
/** Whether between the end of one day's awake time and the beginning of the next there is an hour. */
function hasNight({ from, until }: { readonly from: string; readonly until: string }): boolean {
  const [start = 0, end = 0] = [from, until].map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)));
  return !(end - start > 23 * 60);
}
/** When the environment is awake. Asleep it has no nodes and no database server; what they hold stays. */
const schedule = z
  .strictObject({
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .refine((all) => new Set(all).size === all.length, { error: "the same day stands there twice; remove one" }),
    from: clock,
    until: clock,
    /** As the IANA database names it, such as `Europe/Dublin`. */
    timezone: z.string().refine((zone) => Intl.supportedValuesOf("timeZone").includes(zone) || zone === "UTC", {
      error: "use a time zone like Europe/Dublin, or UTC",
    }),
  })
  .refine((given) => typeof given?.from !== "string" || typeof given.until !== "string" || given.from < given.until, {
    error: "it is not after `from`; an awake time begins and ends on one day",
    path: ["until"],
    when: () => true,
  })
  .refine((given) => typeof given?.from !== "string" || typeof given.until !== "string" || hasNight(given), {
    error: "the night until `from` is shorter than an hour, too short to sleep and wake; end it earlier",
    path: ["until"],
    when: () => true,
  });

/** A limit of the month's bill; it stops nothing, and says so in time: at 80 % spent, and at 100 % foreseen. */
const budget = z.strictObject({
  /** Dollars a month. */
  monthly: z.int().min(1).max(10_000_000),
  emails: z
    .array(z.email({ error: "use an address like platform@example.com" }))
    .min(1)
    .max(10),
});

export const awsSchema = z.strictObject({
  name,
  place: z.literal("aws"),
  region: region.refine((given) => !given.startsWith("cn-"), {
    error: "names of services and endpoints are others in China, and are not known here; use another region",
  }),
  network: networkSchema,
  kubernetes,
  nodes: nodesSchema,
  database,
  /**
   * Where people's homes are. `ebs`: a disk a person, in one zone, the fastest for small files. `efs`: a file system
   * over all zones, which bills what is stored and is slower on many small files.
   */
  homes: z.enum(["ebs", "efs"]).default("ebs"),
  domain: domain.default({ mode: "none" }),
  ...foundationShape,
  /**
   * True refuses to destroy what holds data: the cluster and the database cannot be deleted, nor a bucket that is not
   * empty, and volumes stay. To leave for good, set it to false, deploy, and then destroy.
   */
  protect: z.boolean(),
  budget: budget.optional(),
  schedule: schedule.optional(),
  state: awsState,
  images,
  mirror: mirrorSchema.optional(),
  components,
});

/** An AWS environment that was read and checked. */
export type AwsEnvironment = Omit<z.output<typeof awsSchema>, "components">;
export type AwsImages = AwsEnvironment["images"];
export type Domain = AwsEnvironment["domain"];
export type Schedule = NonNullable<AwsEnvironment["schedule"]>;
export type Budget = NonNullable<AwsEnvironment["budget"]>;

import { z } from "zod";
import { isPrivate, parseCidr } from "./cidr";
import { cidr } from "./environment-parts";

/** A block whose size and range AWS accepts; what is no block at all is another problem, reported already. */
export const privateCidr = (from: number, to: number, why: string) =>
  cidr.refine(
    (text) => {
      const block = parseCidr(text);
      return !block || (isPrivate(block) && block.prefix >= from && block.prefix <= to);
    },
    { error: `use a private block of /${from} to /${to}: ${why}` },
  );

/** How private subnets reach the internet. What AWS itself keeps in S3 never goes that way. */
const egress = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("nat-gateway"),
    /** One in each zone. False: one for all, which its zone takes down with it. */
    perZone: z.boolean().default(false),
  }),
  /**
   * One Arm nano that replaces itself when it dies, and each month for its patches: about a tenth of a gateway's price,
   * and none a GB. It gives up steady bandwidth (32 Mbit/s, after bursts of up to 5 Gbit/s), and the minutes until
   * another one is there.
   */
  z.strictObject({ mode: z.literal("nat-instance") }),
  /** No way out. AWS is reached by interface endpoints; charts and images must come from a registry inside. */
  z.strictObject({ mode: z.literal("none") }),
]);

const awsId = (kind: string) =>
  z.string().regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), { error: `use an id like ${kind}-0123456789abcdef0` });
const subnets = (least: number) =>
  z
    .array(awsId("subnet"))
    .min(least)
    .max(3)
    .refine((all) => new Set(all).size === all.length, { error: "the same subnet stands there twice; remove one" });

/** The VPC of a cluster: a new one, or subnets of one that is there. */
export const networkSchema = z.discriminatedUnion("mode", [
  z.strictObject({
    mode: z.literal("new"),
    /** The VPC's block, /16 to /20. */
    cidr: privateCidr(16, 20, "pods take an address each"),
    /** Zones that the VPC spans; EKS asks for two. */
    zones: z.literal([2, 3]),
    egress,
    /** Blocks of networks this one will be connected to; none may overlap. Default: none. */
    reserved: z.array(cidr).default([]),
  }),
  z.strictObject({
    mode: z.literal("existing"),
    vpcId: awsId("vpc"),
    /** The VPC's block. */
    cidr,
    /** Subnets of nodes and pods, one a zone, with a way out or with the endpoints that EKS needs. */
    privateSubnetIds: subnets(2),
    /** Subnets of load balancers that the internet reaches, one a zone. Default: none, so no domain either. */
    publicSubnetIds: subnets(0).default([]),
    /** Subnets of the database, one a zone. Default: the private ones. */
    databaseSubnetIds: subnets(2).optional(),
    /** Blocks of networks that the VPC is connected to. Default: none. */
    reserved: z.array(cidr).default([]),
  }),
]);

export type AwsNetwork = z.output<typeof networkSchema>;
export type NewNetwork = Extract<AwsNetwork, { mode: "new" }>;
export type ExistingNetwork = Extract<AwsNetwork, { mode: "existing" }>;

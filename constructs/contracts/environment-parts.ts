import { z } from "zod";
import { parseCidr } from "./cidr";

/** The parts that environments of several places have in common. */

/**
 * The name of an environment, or of a group of nodes: part of the names of databases, repositories and labels, which take
 * a dash only between others.
 */
export const name = z.string().regex(/^(?=.{2,15}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
  error: "use 2 to 15 lower-case letters and digits, with single dashes between them",
});

export const cidr = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, { error: "use a block like 10.0.0.0/16, with its first address" });

/** Networks that are let in from outside. */
export const namedNetwork = cidr.refine((text) => (parseCidr(text)?.prefix ?? 32) >= 8, {
  error: "open to a large part of the internet; name your networks",
});

export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, { error: "use a region like eu-west-1" });

export const image = z
  .string()
  .regex(/^[\w.-]+(:\d+)?\/[\w./-]+:[\w][\w.-]*$/, { error: "use registry/repository:tag; a tag that never moves" });

const localState = z.strictObject({ mode: z.literal("local") });
export const bucketState = z.strictObject({
  mode: z.literal("s3"),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, {
    error: "use the name of a bucket, 3 to 63 characters",
  }),
  region,
});
/** Where Terraform keeps its state: files in `.state/`, or a bucket that is there already. */
export const state = z.discriminatedUnion("mode", [localState, bucketState]);
/** The same on AWS, where a stack can make the bucket. */
export const awsState = z.discriminatedUnion("mode", [
  localState,
  bucketState.extend({
    /** True: the environment's own `state` stack makes the bucket, before all others. Default false: it is there. */
    make: z.boolean().default(false),
  }),
]);
export type State = z.output<typeof state>;

/** What stands in `components`: a tool of the catalogue, with its options beside its name. */
export const components = z.array(z.looseObject({ tool: z.string().min(1) })).min(1);

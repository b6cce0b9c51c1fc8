import { z } from "zod";
import { extraValues } from "../options";

const profile = z.strictObject({
  /** What people choose on the spawn page; unique. */
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, { error: "use lower-case letters, digits and dashes" }),
  description: z.string().default(""),
  /** Cores that are guaranteed; more may be used where they are free. */
  cpu: z.number().positive().max(64),
  /** GiB, guaranteed and the limit. */
  memoryGiB: z.number().positive().max(512),
  /** Whole GPUs; needs a GPU node group. */
  gpus: z.int().min(0).max(16).default(0),
});
export type Profile = z.output<typeof profile>;

export const options = z.strictObject({
  /** Sizes of servers that people choose from; the first is the default. Left out: two that suit the cluster's scale. */
  profiles: z
    .array(profile)
    .min(1)
    .refine((all) => new Set(all.map((p) => p.name)).size === all.length, { error: "profile names must differ" })
    .optional(),
  /** GiB of each person's home volume. */
  homeGiB: z.int().min(1).max(1000).default(10),
  /** A server without activity for so long is stopped; its home stays. */
  idleMinutes: z.int().min(5).max(10080).default(60),
  /** Servers at one time, of everybody together; who comes then is told to wait. */
  maxServers: z.int().min(1).max(10_000).default(100),
  /**
   * Servers of the first profile that room is kept for, so that the next person's starts in seconds and not with a node.
   * They cost what such servers cost, day and night, wherever the nodes that stay have no room for them. Default 0: the
   * first server on a full or an empty cluster waits for a node, some two minutes.
   */
  placeholders: z.int().min(0).max(100).default(0),
  extraValues: extraValues.optional(),
});
export type JupyterhubOptions = z.output<typeof options>;

import { z } from "zod";
import { extraValues } from "../options";

/** What an environment may say of MLflow, beside its name. */
export const options = z
  .strictObject({
    /** Servers, at the least; they share the database and the bucket. */
    replicas: z.int().min(1).max(10).default(1),
    /** Servers, at the most: more are started when those there are busy. Default: as many as `replicas`, always. */
    maxReplicas: z.int().min(1).max(20).optional(),
    extraValues: extraValues.optional(),
  })
  .refine((given) => !(given?.maxReplicas !== undefined && given.maxReplicas < given.replicas), {
    error: "it is less than replicas; raise it, or leave it out",
    path: ["maxReplicas"],
    when: () => true,
  });

export type MlflowOptions = z.output<typeof options>;

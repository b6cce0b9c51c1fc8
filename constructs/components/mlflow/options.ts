import { z } from "zod";
import { extraValues } from "../options";

/** What an environment may say of MLflow, beside its name. */
export const options = z.strictObject({
  /** Server replicas; they share the database and the bucket. */
  replicas: z.int().min(1).max(10).default(1),
  extraValues: extraValues.optional(),
});

export type MlflowOptions = z.output<typeof options>;

import { z } from "zod";
import { extraValues } from "../options";

/** What an environment may say of Prefect, beside its name. */
export const options = z.strictObject({
  /** The work pool that runs people's flows. */
  pool: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, { error: "use lower-case letters, digits and dashes" })
    .default("default"),
  /** Flow runs at one time; more wait. */
  concurrency: z.int().min(1).max(1000).default(10),
  extraServerValues: extraValues.optional(),
  extraWorkerValues: extraValues.optional(),
});
export type PrefectOptions = z.output<typeof options>;

import { z } from "zod";
import { awsSchema } from "./aws-environment";
import { components, name } from "./environment-parts";
import { existingSchema } from "./existing";
import type { JsonObject } from "./json";

/**
 * Environments as data. The schemas are strict unions on the place, so that a state which makes no sense cannot be
 * written; `load.ts` reads them and reports every problem together.
 */

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
export { type AwsEnvironment, awsSchema } from "./aws-environment";
export type { ExistingEnvironment } from "./existing";
export type LabEnvironment = Omit<z.output<typeof labSchema>, "components">;

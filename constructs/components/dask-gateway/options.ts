import { z } from "zod";
import { extraValues } from "../options";

/** What an environment may say of Dask Gateway, beside its name. */
export const options = z.strictObject({
  /** A cluster without activity for so long is stopped, even when the notebook that made it is gone. */
  idleMinutes: z.int().min(1).max(10080).default(30),
  /** Cores of one worker. Default: 1, or half of one in a small cluster. */
  workerCores: z.number().positive().max(64).optional(),
  /** GiB of one worker. Default: 2, or 1 in a small cluster. */
  workerMemoryGiB: z.number().positive().max(512).optional(),
  /** Workers of one cluster, at most. */
  maxWorkers: z.int().min(1).max(1000).default(10),
  extraValues: extraValues.optional(),
});
export type DaskGatewayOptions = z.output<typeof options>;

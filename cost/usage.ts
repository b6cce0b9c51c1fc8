/** What a team does in a month. */
export interface Usage {
  readonly users: number;
  /** Hours that each person's notebook server runs. */
  readonly notebookHours: number;
  /** Hours of one GPU node, all people together. */
  readonly gpuHours: number;
  /** Hours of one general node for flows, Dask and jobs, beside the notebooks. */
  readonly trainingHours: number;
  /** GB in the buckets: data, models, artifacts. */
  readonly dataGb: number;
}

/** Five people, half of whose working hours have a notebook open. */
export const defaultUsage: Usage = { users: 5, notebookHours: 80, gpuHours: 20, trainingHours: 40, dataGb: 100 };

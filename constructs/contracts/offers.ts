/**
 * What a component gives the others. The same types hold in every place, and the variables named here are the whole
 * contract of people's code with the platform: a notebook, a flow or a Dask task reads these and nothing else.
 */

/** The roles a platform needs someone to play, in the order in which a reader meets them. */
export const roles = ["notebooks", "tracking", "workflow", "serving", "compute"] as const;
export type Role = (typeof roles)[number];

/** An address, and the environment variables by which a client finds what is there. */
export interface Offer<Variable extends string> {
  /** Where code reaches it: a cluster service, or a port of this machine. No trailing slash. */
  readonly address: string;
  /** Where a person looks at it in a browser; absent where there is nothing to see. */
  readonly page?: string;
  /** Answers 2xx as soon as it is up. Absent where nothing answers over HTTP: its pods' readiness says it then. */
  readonly health?: string;
  /** The variables every client gets, by name. Values are addresses and settings, never secrets. */
  readonly clientEnv: Readonly<Record<Variable, string>>;
}

/** What each role offers. A tool that plays the role gives exactly these variables. */
export interface Offers {
  /** People start servers there; code does not need to find it. */
  readonly notebooks: Offer<never>;
  /** Runs, artifacts and the model registry, by the MLflow protocol. */
  readonly tracking: Offer<"MLFLOW_TRACKING_URI">;
  /** Flows and their runs. The pool is the one that runs people's flows. */
  readonly workflow: Offer<"PREFECT_API_URL" | "PREFECT_DEFAULT_WORK_POOL_NAME">;
  /** The target for `mlflow deployments`; predictions follow the Open Inference Protocol (V2). */
  readonly serving: Offer<"OPEN_MLOPS_SERVING_TARGET">;
  /** Dask clusters on demand. */
  readonly compute: Offer<"DASK_GATEWAY__ADDRESS" | "DASK_GATEWAY__PROXY_ADDRESS" | "DASK_GATEWAY__AUTH__TYPE">;
}

/** The variable that names where people keep data: `s3://bucket/prefix` or `file:///folder`. Every place sets it. */
export const dataVariable = "OPEN_MLOPS_DATA";

import type { Role } from "../constructs/contracts/offers";

/** The whole contract of people's code with the platform, by who offers it. */
export const contract: Readonly<Record<Role, readonly string[]>> = {
  notebooks: [],
  tracking: ["MLFLOW_TRACKING_URI"],
  workflow: ["PREFECT_API_URL", "PREFECT_DEFAULT_WORK_POOL_NAME"],
  serving: ["OPEN_MLOPS_SERVING_TARGET"],
  compute: ["DASK_GATEWAY__ADDRESS", "DASK_GATEWAY__PROXY_ADDRESS", "DASK_GATEWAY__AUTH__TYPE"],
};

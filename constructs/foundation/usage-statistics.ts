/**
 * Switches the usage statistics of every tool off: in the tools themselves, and in the environment of people's code,
 * because MLflow's and Prefect's clients report too.
 */
export const noUsageStatistics = {
  DO_NOT_TRACK: "true",
  MLFLOW_DISABLE_TELEMETRY: "true",
  PREFECT_SERVER_ANALYTICS_ENABLED: "false",
} as const;

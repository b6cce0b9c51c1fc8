"""MLflow deployments plugin: `mlserver://` for a server on this machine, `seldon://` for a cluster."""

"""The variables by which a place says where its tools are. People's code reads these and nothing else."""

from __future__ import annotations

import os

VARIABLES = {
    "MLFLOW_TRACKING_URI": "the tracking server",
    "PREFECT_API_URL": "the workflow server",
    "PREFECT_DEFAULT_WORK_POOL_NAME": "the pool that runs flows",
    "DASK_GATEWAY__ADDRESS": "the server that makes Dask clusters",
    "OPEN_MLOPS_SERVING_TARGET": "the target for mlflow deployments",
    "OPEN_MLOPS_DATA": "where data is kept: s3://bucket/prefix or file:///folder",
}


def require(*names: str) -> dict[str, str]:
    """The values of these variables, or one error that names every one that is not set."""
    missing = [f"{name}, {VARIABLES.get(name, 'a setting')}" for name in names if not os.environ.get(name)]
    if missing:
        raise LookupError(
            "not set: "
            + "; ".join(missing)
            + '. Run this in a notebook server or a flow, or in a terminal after eval "$(npx mlops lab env)"'
        )
    return {name: os.environ[name].rstrip("/") for name in names}


def data_url(*parts: str) -> str:
    """An address under OPEN_MLOPS_DATA."""
    return "/".join([require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"], *parts])

"""Putting a registered model before users: serve it, try it, and only then call it the champion."""

from __future__ import annotations

import time
from typing import cast

import mlflow
import numpy as np
import pandas as pd
from mlflow.deployments import BaseDeploymentClient, get_deploy_client
from mlflow.exceptions import MlflowException

from .settings import require

CHAMPION = "champion"


def serving() -> BaseDeploymentClient:
    """The deployments client of this place."""
    return cast(
        BaseDeploymentClient,
        get_deploy_client(require("OPEN_MLOPS_SERVING_TARGET")["OPEN_MLOPS_SERVING_TARGET"]),
    )


def champion_version(model: str) -> str | None:
    """The version that carries the alias, if one does."""
    try:
        return str(mlflow.MlflowClient().get_model_version_by_alias(model, CHAMPION).version)
    except MlflowException:
        return None


def serve(name: str, model_uri: str) -> None:
    """Deploys the model under the name, whether or not something is deployed there."""
    client = serving()
    if any(found["name"] == name for found in client.list_deployments()):
        client.update_deployment(name, model_uri)
    else:
        client.create_deployment(name, model_uri)


def differing_rows(name: str, model_uri: str, sample: pd.DataFrame) -> int:
    """How many rows the deployment answers otherwise than the model here; no difference is too small."""
    local = np.asarray(mlflow.pyfunc.load_model(model_uri).predict(sample))
    served = serving().predict(name, sample).get_predictions("ndarray")
    if served.shape != local.shape:
        raise ValueError(f"{name} answered in the shape {served.shape}, the model here in {local.shape}")
    return int((served != local).reshape(len(sample), -1).any(axis=1).sum())


def _roll_back(name: str, before: str | None) -> str:
    """Serves what was champion before, or nothing where there was none, and says what is so now."""
    try:
        if before is None:
            serving().delete_deployment(name)
            return "it is no longer served, and there is no champion"
        serve(name, f"models:/{name}/{before}")
        return f"version {before} is served and stays champion"
    except MlflowException as error:
        return f"and what was there before could not be put back ({error.message})"


def release(name: str, version: str, sample: pd.DataFrame) -> None:
    """Serves the version, asks it for predictions over V2, and moves the alias when they are right.

    When they are not, the champion that was served before is put back, or nothing is served where there was
    none, and the alias stays where it is.
    """
    before = champion_version(name)
    serve(name, f"models:/{name}/{version}")
    try:
        started = time.perf_counter()
        wrong = differing_rows(name, f"models:/{name}/{version}", sample)
        if wrong:
            raise ValueError(f"{wrong} of {len(sample)} rows are answered differently from the model itself")
        print(f"smoke test: {len(sample)} rows in {time.perf_counter() - started:.2f} s, all equal")
    except Exception as error:
        state = _roll_back(name, before)
        raise RuntimeError(f"{name} version {version} failed its smoke test; {state}: {error}") from error
    mlflow.MlflowClient().set_registered_model_alias(name, CHAMPION, version)

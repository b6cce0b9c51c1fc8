"""Works with every tool once, as people's code does, and removes what it made.

    python -m open_mlops.smoke

Runs in a notebook server, or in a terminal of the lab after `eval "$(npx mlops lab env)"`. Prints one JSON
object a step, `{"step": "tracking", "ok": true, "seconds": 1.2, "found": "..."}`, and exits with 1 when one
failed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import fsspec
import mlflow
import numpy as np
import pandas as pd
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from sklearn.tree import DecisionTreeRegressor

from open_mlops import project, releases
from open_mlops.clusters import dask_cluster
from open_mlops.settings import data_url, require

#: The user whose server a deployment's smoke test runs in.
USER = "smoke-test"

FLOW = '''
import os
from prefect import flow

@flow(name="{name}", log_prints=True)
def check() -> str:
    """Says that a flow of the pool finds the tools where people's code does."""
    missing = [name for name in {variables!r} if not os.environ.get(name)]
    if missing:
        raise LookupError(f"a flow run does not have {{missing}}")
    return "found"
'''


class Steps:
    """Runs steps one after the other, prints what came of each, and remembers whether all went well."""

    def __init__(self) -> None:
        self.ok = True

    def run(self, name: str, work: Callable[[], str]) -> bool:
        """A step that fails does not keep the others from being tried."""
        started = time.perf_counter()
        try:
            line: dict[str, Any] = {"step": name, "ok": True, "found": work()}
        except Exception as error:
            self.ok = False
            line = {"step": name, "ok": False, "error": f"{type(error).__name__}: {error}"}
        line["seconds"] = round(time.perf_counter() - started, 1)
        print(json.dumps(line), flush=True)
        return bool(line["ok"])


@contextmanager
def cleaned_up(steps: Steps) -> Iterator[ExitStack]:
    """Removes what was made, each thing even when removing another failed, as a step of its own."""
    stack = ExitStack()
    try:
        yield stack
    finally:

        def clean_up() -> str:
            stack.close()
            return "everything that was made is removed"

        steps.run("clean-up", clean_up)


def track(name: str, stack: ExitStack) -> tuple[str, DecisionTreeRegressor, pd.DataFrame]:
    """Logs a run and registers its model. Returns the model's URI, the model, and a sample to predict."""
    client = mlflow.MlflowClient()
    # One of its own, so that two at a time do not delete each other's.
    experiment = client.create_experiment(name)
    stack.callback(client.delete_experiment, experiment)
    sample = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=["a", "b", "c"])
    # A tree adds nothing up: what it answers does not depend on how a server lays the same numbers out.
    model = DecisionTreeRegressor(random_state=0).fit(sample, sample @ np.array([1.0, -2.0, 0.5]))
    leaves = float(model.get_n_leaves())
    with mlflow.start_run(experiment_id=experiment, run_name=name) as run:
        stack.callback(client.delete_run, run.info.run_id)
        mlflow.log_metric("leaves", leaves)
        stack.callback(_forget_model, client, name)
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            input_example=sample.head(2),
            serialization_format="cloudpickle",
            # Named, so that MLflow does not start a process to find them out.
            pip_requirements=[
                f"{package}=={version(package)}" for package in ("scikit-learn", "pandas", "numpy")
            ],
            registered_model_name=name,
        )
    if client.get_run(run.info.run_id).data.metrics != {"leaves": leaves}:
        raise ValueError("the run does not have the metric that was logged")
    return f"models:/{name}/{logged.registered_model_version}", model, sample


def serve(name: str, uri: str, model: DecisionTreeRegressor, sample: pd.DataFrame, stack: ExitStack) -> str:
    """Deploys the model, and compares what it answers over V2 with the model here."""
    client = releases.serving()
    stack.callback(client.delete_deployment, name)
    client.create_deployment(name, uri)
    answered = np.asarray(client.predict(name, sample).get_predictions("ndarray")).ravel()
    wrong = int((answered != model.predict(sample).ravel()).sum())
    if wrong:
        raise ValueError(f"{wrong} of {len(sample)} rows are answered differently from the model itself")
    return f"{len(sample)} of {len(sample)} predictions equal"


def run_flow(name: str, stack: ExitStack, patience: float) -> str:
    """Deploys a small flow to the work pool, and waits for a run of it."""
    with tempfile.TemporaryDirectory() as folder:
        flow = FLOW.format(name=name, variables=["MLFLOW_TRACKING_URI", "OPEN_MLOPS_DATA"])
        (Path(folder) / "flow.py").write_text(flow)
        stack.callback(_forget_flow, name)
        deployment = project.deploy(folder, "flow.py:check", name)
    run = run_deployment(deployment, timeout=patience, poll_interval=1)
    assert isinstance(run, FlowRun)
    if run.state is None or not run.state.is_completed():
        message = run.state.message if run.state else "no state"
        raise RuntimeError(
            f"the flow run {run.name} is {run.state_name} after {patience:.0f} s at most: {message}; "
            "look whether a worker runs"
        )
    return f"the run {run.name} completed"


def compute(patience: float) -> str:
    """Makes a Dask cluster of one worker, and has it compute."""
    with dask_cluster(1, patience) as client:
        total = client.submit(sum, range(1000)).result(timeout=patience)
    if total != sum(range(1000)):
        raise ValueError(f"a worker says that the sum is {total}")
    return "one worker, and the sum is right"


def smoke(patience: float = 600) -> bool:
    """Tries every tool. Returns whether all of them did what they should."""
    # Also the name of a model, of a deployment and of a Kubernetes object.
    prefix = "smoke-test-" if os.environ.get("JUPYTERHUB_USER") == USER else "smoke-"
    name = f"{prefix}{uuid.uuid4().hex[:8]}"
    steps = Steps()
    made: list[tuple[str, DecisionTreeRegressor, pd.DataFrame]] = []

    def tracked() -> str:
        made.append(track(name, stack))
        return made[0][0]

    with cleaned_up(steps) as stack:
        steps.run("settings", _settings)
        if prefix != "smoke-":
            steps.run("leftovers", lambda: forget_earlier(prefix))
        if steps.run("tracking", tracked):
            steps.run("serving", lambda: serve(name, *made[0], stack))
        steps.run("workflow", lambda: run_flow(name, stack, patience))
        steps.run("compute", lambda: compute(patience))
    return steps.ok


def forget_earlier(prefix: str) -> str:
    """Removes what an earlier smoke test was killed over.

    The user of a deployment's smoke test has one server, which is stopped before the next test begins, so
    nothing of this user's is still in use.
    """
    client, serving = mlflow.MlflowClient(), releases.serving()
    deployed = [found["name"] for found in serving.list_deployments() if found["name"].startswith(prefix)]
    for name in deployed:
        serving.delete_deployment(name)
    models = [m.name for m in client.search_registered_models(filter_string=f"name LIKE '{prefix}%'")]
    for name in models:
        client.delete_registered_model(name)
    with get_client(sync_client=True) as prefect:
        flows = [flow.name for flow in prefect.read_flows() if flow.name.startswith(prefix)]
    for name in flows:
        _forget_flow(name)
    return f"{len({*deployed, *models, *flows})} smoke tests had left something"


def _settings() -> str:
    names = ["MLFLOW_TRACKING_URI", "PREFECT_API_URL", "PREFECT_DEFAULT_WORK_POOL_NAME"]
    found = require(*names, "DASK_GATEWAY__ADDRESS", "OPEN_MLOPS_SERVING_TARGET", "OPEN_MLOPS_DATA")
    return f"{len(found)} variables"


def _forget_model(client: mlflow.MlflowClient, name: str) -> None:
    if client.search_registered_models(filter_string=f"name = '{name}'"):
        client.delete_registered_model(name)


def _forget_flow(name: str) -> None:
    """Deletes the flow with its deployment and its runs, and the files that were uploaded."""
    with get_client(sync_client=True) as client:
        for flow in client.read_flows():
            if flow.name == name:
                client.delete_flow(flow.id)
    filesystem, root = fsspec.url_to_fs(data_url("projects", name))
    if filesystem.exists(root):
        filesystem.rm(root, recursive=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Works with every tool once, and removes what it made.")
    parser.add_argument(
        "--patience", type=float, default=600, help="seconds that a step may take; default: 600"
    )
    return 0 if smoke(parser.parse_args().patience) else 1


if __name__ == "__main__":
    sys.exit(main())

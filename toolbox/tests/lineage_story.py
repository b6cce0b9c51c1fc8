"""What the tests of lineage tell of: a model that drifted, and one that was trained because of it."""

from __future__ import annotations

import os
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import mlflow
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from models import register
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.states import Completed

from open_mlops import inference_log, log_layout, provenance, rollout, snapshots
from open_mlops.gate import Check, Gate, Verdict
from open_mlops.watching import flow as watching

NAME = "lineage-flights"
NOW = datetime.now(UTC)


@dataclass
class Story:
    """A version 1 that drifted, and a version 2 that was trained because of it, and has answered."""

    train: snapshots.Snapshot
    test: snapshots.Snapshot
    watching_run: str
    flow_run: FlowRun
    runs: list[str]
    request: str


def tell() -> Story:
    client = mlflow.MlflowClient()
    table = pd.DataFrame({"number": [1.5, 2.5], "late": [True, False]})
    train, test = snapshots.write(table, "flights"), snapshots.write(table.head(1), "flights")
    first = register(0, NAME)
    mlflow.set_experiment(watching.experiment(NAME))
    with mlflow.start_run() as watched:
        said = {watching.MODEL: NAME, watching.VERSION: first, watching.DRIFT: "true"}
        mlflow.set_tags({**said, provenance.REASON: "weekday moved"})
    reason = f"drift of version {first}: weekday moved (watching run {watched.info.run_id})"
    flow_run = a_flow_run(reason)
    version = register(1, NAME)
    runs = [str(client.get_model_version(NAME, each).run_id) for each in (first, version)]
    with mlflow.start_run(run_id=runs[1]):
        mlflow.log_input(train.dataset(table, "late"), context="training")
        mlflow.log_input(test.dataset(table.head(1), "late"), context="testing")
        mlflow.set_tags(
            {
                provenance.COMMIT: "c0ffee" * 6 + "beef",
                provenance.PROJECT: "file:///projects/retrain/abc",
                provenance.BY: "ada",
                provenance.REASON: reason,
                provenance.FLOW_RUN: str(flow_run.id),
                provenance.FLOW_RUN_NAME: flow_run.name,
                provenance.DEPLOYMENT: str(flow_run.deployment_id),
            }
        )
    rollout.record(NAME, version, Gate(), Verdict((Check("roc_auc", 0.71, "at least 0.65", True),)))
    for tag, value in {
        rollout.RELEASED_AT: "2026-11-01T10:00:00+00:00",
        rollout.RELEASED_BY: "grace",
        rollout.RELEASED_STRATEGY: "canary",
    }.items():
        client.set_model_version_tag(NAME, version, tag, value)
    client.set_model_version_tag(NAME, first, rollout.RETIRED_AT, "2026-11-01T10:00:01+00:00")
    client.set_registered_model_alias(NAME, "champion", version)
    request = f"asked-{uuid.uuid4().hex[:8]}"
    log(NAME, version, NOW - timedelta(hours=1), [request, "other", "third"])
    log(NAME, first, NOW - timedelta(days=20), ["old"])
    log(NAME, first, NOW - timedelta(days=90), ["very-old"])
    inference_log.add_truth(NAME, pd.DataFrame({"request_id": [request], "truth": [True]}))
    return Story(train, test, watched.info.run_id, flow_run, runs, request)


def a_flow_run(reason: str) -> FlowRun:
    """As an automation starts one, of a deployment, with the event's reason."""
    with get_client(sync_client=True) as client:
        flow = client.create_flow_from_name("retrain")
        deployment = client.create_deployment(flow_id=flow, name="retrain-flights")
        made = client.create_flow_run_from_deployment(deployment, parameters={"reason": reason})
        client.set_flow_run_state(made.id, Completed(message="All states completed."), force=True)
        return client.read_flow_run(made.id)


def log(
    model: str,
    version: str,
    at: datetime,
    requests: list[str],
    shift: float = 0,
    registered: tuple[str | None, str | None] = (None, None),
) -> None:
    """A file as the shipper writes it: two rows of each request. `registered` is the version that answered,
    where the deployment `model` is called otherwise.
    """
    rows = [
        {
            "request_id": request,
            "row": row,
            "trace_id": None,
            "model": model,
            "version": version,
            "registered_model": registered[0],
            "registered_version": registered[1],
            "time": at,
            "latency": 0.0125,
            "status": 200,
            "error": None,
            "input.number": 1.5,
            "output.late": 0.75 + shift,
        }
        for request in requests
        for row in (0, 1)
    ]
    schema = log_layout.COLUMNS
    if registered != (None, None) and "registered_model" not in schema.names:
        named = [pa.field(name, pa.string()) for name in ("registered_model", "registered_version")]
        schema = pa.schema([*schema, *named])
    schema = schema.append(pa.field("input.number", pa.float64())).append(
        pa.field("output.late", pa.float64())
    )
    filesystem, root = log_layout.store(os.environ["OPEN_MLOPS_DATA"])
    folder = log_layout.day_folder(root, model, version, at.date())
    filesystem.create_dir(folder, recursive=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), f"{folder}/{uuid.uuid4().hex}.parquet")

"""Watching a model, with a real log, MLflow and Prefect: what crosses a limit, and what is told then."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Server, mlserver_in
from mlflow.models import infer_signature
from prefect.client.orchestration import get_client
from prefect.events.filters import EventFilter, EventNameFilter
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from open_mlops import inference_log, log_layout, snapshots
from open_mlops.releases import CHAMPION
from open_mlops.watching import __main__ as command
from open_mlops.watching import compare, events, flow, reference
from open_mlops.watching.plan import Columns, Performance, WatchPlan
from open_mlops.watching.reference import NoReferenceError, Reference

NAME = "watched"
PLAN = WatchPlan(
    rows=200,
    columns=Columns(score=0.2, share=0.4),
    prediction=0.5,
    performance=Performance(metric="log_loss", worse=0.1, target="truth"),
)


def table(rows: int, seed: int, shift: float = 0.0) -> pd.DataFrame:
    """Two numbers, of which the first says mostly what is true."""
    random = np.random.default_rng(seed)
    first, second = random.normal(shift, 1, rows), random.normal(size=rows)
    truth = random.random(rows) < 1 / (1 + np.exp(-3 * first))
    return pd.DataFrame({"first": first, "second": second, "truth": truth})


def probabilities(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-3 * rows["first"].to_numpy())))


def expected() -> Reference:
    before = table(2000, 0)
    return Reference("1", before[["first", "second"]], probabilities(before), before["truth"].to_numpy(float))


def asked(rows: pd.DataFrame, truth: pd.Series | None = None) -> compare.Requests:
    known = np.full(len(rows), np.nan) if truth is None else truth.to_numpy(float)
    return compare.Requests(rows[["first", "second"]], probabilities(rows), known)


def test_requests_like_the_reference_cross_nothing() -> None:
    rows = table(1000, 1)
    found = compare.compare(PLAN, expected(), asked(rows, rows["truth"]))
    assert not found.drifted, found.reason
    assert found.reason == "nothing crossed its limit"
    assert [check.name for check in found.checks] == [
        "share of inputs that drifted",
        "distance of predictions",
        "log_loss",
    ]
    assert max(found.columns.values()) < 0.2
    assert set(found.pages) == {"drift.html", "performance.html"}


def test_an_input_that_moved_is_named_by_its_distance_and_so_are_the_answers() -> None:
    rows = table(1000, 1, shift=2)
    found = compare.compare(PLAN, expected(), asked(rows, rows["truth"]))
    assert found.drifted
    assert found.columns["first"] > 1.5 > 0.2 > found.columns["second"]
    assert "share of inputs that drifted is 0.5, limit at most 0.4 further than 0.2" in found.reason
    assert "distance of predictions" in found.reason
    # The model is right about them all the same.
    assert "log_loss" not in found.reason


def test_a_model_that_is_no_longer_right_is_found_by_the_truth_alone() -> None:
    rows = table(1000, 1)
    found = compare.compare(PLAN, expected(), asked(rows, ~rows["truth"]))
    assert found.performance and found.before and found.performance > found.before + 1
    assert found.reason.startswith("log_loss is ")
    assert [check.passed for check in found.checks] == [True, True, False]


def test_few_rows_are_no_evidence() -> None:
    rows = table(199, 1, shift=5)
    found = compare.compare(PLAN, expected(), asked(rows, ~rows["truth"]))
    assert not found.checks and not found.drifted
    assert found.reason == "199 rows are too few to judge"


def test_what_the_log_drops_is_not_compared() -> None:
    rows = table(300, 1, shift=5)
    found = compare.Requests(rows[["second"]], probabilities(table(300, 2)), np.full(300, np.nan))
    assert set(compare.compare(PLAN, expected(), found).columns) == {"second"}


def test_a_wrong_plan_is_an_error_that_names_everything() -> None:
    said = {"window": 0, "columns": {"share": 2}, "performance": {"metric": "f1", "worse": 0.1}, "wndow": 1}
    with pytest.raises(ValueError) as error:
        WatchPlan.of(said)
    for name in (
        "window is 0",
        "columns.share is 2",
        "performance.metric is 'f1'",
        "performance.target",
        "wndow is 1",
    ):
        assert name in str(error.value)


@pytest.fixture(scope="module")
def watched(tracking: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A champion whose run says what it learned from, and a data folder."""
    data = f"file://{tmp_path_factory.mktemp('data')}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPEN_MLOPS_DATA", data)
        train, test = table(2000, 0), table(1000, 5)
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(
            train[["first", "second"]], train["truth"]
        )
        with mlflow.start_run():
            for context, rows in (("training", train), ("testing", test)):
                mlflow.log_input(snapshots.write(rows, "numbers").dataset(rows, "truth"), context=context)
            info = mlflow.sklearn.log_model(
                model,
                name="model",
                signature=infer_signature(
                    train[["first", "second"]], model.predict_proba(train[["first", "second"]])
                ),
                pyfunc_predict_fn="predict_proba",
                serialization_format="cloudpickle",
                registered_model_name=NAME,
            )
        mlflow.MlflowClient().set_registered_model_alias(NAME, CHAMPION, str(info.registered_model_version))
        yield data


def log(data: str, rows: pd.DataFrame) -> None:
    """Puts answered requests into the log, as the model server writes them."""
    now, count = datetime.now(UTC), len(rows)
    answers = probabilities(rows)
    written = pa.table(
        {
            "request_id": [uuid.uuid4().hex for _ in range(count)],
            "row": pa.array([0] * count, pa.int32()),
            "trace_id": pa.nulls(count, pa.string()),
            "model": [NAME] * count,
            "version": ["1"] * count,
            "time": pa.array([now] * count, pa.timestamp("us", tz="UTC")),
            "latency": [0.01] * count,
            "status": pa.array([200] * count, pa.int16()),
            "error": pa.nulls(count, pa.string()),
            "input.first": rows["first"].tolist(),
            "input.second": rows["second"].tolist(),
            "output.output-1": [[1 - each, each] for each in answers.tolist()],
        }
    )
    _, root = log_layout.store(data)
    folder = Path(log_layout.day_folder(root, NAME, "1", now.date()))
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(written, folder / f"{uuid.uuid4().hex}.parquet")
    truth = pd.DataFrame({"request_id": written["request_id"].to_pylist(), "truth": rows["truth"]})
    inference_log.add_truth(NAME, truth)


def heard(since: datetime) -> list[str]:
    """Reasons of the drift events that the workflow server has."""
    with get_client(sync_client=True) as client:
        found = client.request(
            "POST",
            "/events/filter",
            json={"filter": EventFilter(event=EventNameFilter(name=[events.DRIFT])).model_dump(mode="json")},
        ).json()["events"]
    return [each["payload"]["reason"] for each in found if datetime.fromisoformat(each["occurred"]) > since]


def test_a_drift_is_in_mlflow_in_prometheus_and_in_prefect(
    watched: str, workflow: Server, tmp_path: Path
) -> None:
    begun = datetime.now(UTC)
    log(watched, table(500, 7))
    quiet = flow.watch(NAME, PLAN)
    assert quiet["drift"] is False, quiet["reason"]

    since = datetime.now(UTC)
    log(watched, table(500, 8, shift=3))
    loud = flow.watch(NAME, PLAN, since)
    assert loud["drift"] is True and loud["rows"] == 500
    run = mlflow.get_run(str(loud["run_id"]))
    assert run.data.tags[flow.DRIFT] == "true" and run.data.tags[flow.MODEL] == NAME
    assert run.data.metrics["distance.first"] > 2
    pages = {each.path for each in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert pages == {"drift.html", "performance.html", "findings.json"}

    deadline = time.monotonic() + 30
    while not (reasons := heard(begun)) and time.monotonic() < deadline:
        time.sleep(0.5)
    # Of the second alone: the first has crossed nothing.
    assert reasons == [loud["reason"]]

    server = mlserver_in(
        tmp_path, {"OPEN_MLOPS_DATA": watched, "OPEN_MLOPS_INFERENCE_JOURNAL": str(tmp_path / "journal")}
    )
    settings = tmp_path / "models" / NAME
    mlflow.artifacts.download_artifacts(f"models:/{NAME}/1", dst_path=str(settings / "model"))
    served = {
        "name": NAME,
        "implementation": "mlserver_mlflow.MLflowRuntime",
        "parameters": {"uri": "./model"},
    }
    (settings / "model-settings.json").write_text(json.dumps(served))
    server.env["OPEN_MLOPS_INFERENCE_LOG_SECONDS"] = "0.2"
    server.start()
    try:
        metrics = f"http://127.0.0.1:{server.env['MLSERVER_METRICS_PORT']}/metrics"
        deadline = time.monotonic() + 30
        # With its labels: a gauge's help is there from the start, its sample when the server has looked.
        while "open_mlops_drift_detected{" not in (said := httpx.get(metrics, trust_env=False).text):
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
    finally:
        server.stop()
    told = dict(line.rsplit(" ", 1) for line in said.splitlines() if line.startswith("open_mlops"))
    assert float(told[f'open_mlops_drift_detected{{model="{NAME}"}}']) == 1
    assert float(told[f'open_mlops_drift_score{{column="first",model="{NAME}"}}']) == pytest.approx(
        loud["columns"]["first"]  # type: ignore[index]
    )


def test_a_model_that_says_nothing_of_its_data_cannot_be_watched(
    watched: str, workflow: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NoReferenceError, match="no column missing"):
        reference.read(NAME, "1", "missing")
    with mlflow.start_run() as run:
        mlflow.log_param("nothing", 1)
    mlflow.MlflowClient().create_registered_model("silent")
    version = mlflow.MlflowClient().create_model_version(
        "silent", f"{run.info.artifact_uri}/nothing", run.info.run_id
    )
    with pytest.raises(NoReferenceError, match=r"no training data; in its run call mlflow.log_input"):
        reference.read("silent", version.version)
    assert command.main(["nobody"]) == 3
    assert "nobody has no version with the alias champion" in capsys.readouterr().err


def test_the_command_says_by_its_code_whether_a_limit_was_crossed(
    watched: str, workflow: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(watched, table(50, 9, shift=3))
    plan = tmp_path / "plan.yaml"
    plan.write_text("rows: 10\ncolumns: {score: 0.2, share: 0}\n")
    assert command.main([NAME, "--plan", str(plan), "--json"]) == 1
    assert '"drift": true' in capsys.readouterr().out
    plan.write_text("rows: 10\ncolumns: {score: 100, share: 0}\n")
    assert command.main([NAME, "--plan", str(plan), "--hours", "1"]) == 0
    plan.write_text("rows: many\n")
    assert command.main([NAME, "--plan", str(plan)]) == 2
    assert "rows is 'many'" in capsys.readouterr().err


def test_a_drift_starts_what_waits_for_it() -> None:
    trigger = events.on_drift(NAME, timedelta(hours=1))
    assert trigger.expect == {events.DRIFT} and trigger.within == timedelta(hours=1)
    assert trigger.match.root == {"prefect.resource.id": f"open-mlops.model.{NAME}"}

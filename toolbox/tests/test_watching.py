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
from prefect.settings import PREFECT_API_URL, temporary_settings
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from open_mlops import inference_log, log_layout, snapshots
from open_mlops.releases import CHAMPION
from open_mlops.watching import __main__ as command
from open_mlops.watching import events, flow, reference
from open_mlops.watching.plan import Columns, Performance, WatchPlan
from open_mlops.watching.reference import NoReferenceError

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


def log(
    data: str,
    rows: pd.DataFrame,
    deployment: str = NAME,
    registered: tuple[str | None, str | None] | None = None,
    ago: timedelta = timedelta(0),
) -> None:
    """Puts answered requests into the log, as the model server writes them. `registered`: the version of a
    model that is called otherwise than the deployment and its label.
    """
    now, count = datetime.now(UTC) - ago, len(rows)
    named = dict(zip(("registered_model", "registered_version"), registered or (), strict=False))
    answers = probabilities(rows)
    written = pa.table(
        {
            "request_id": [uuid.uuid4().hex for _ in range(count)],
            "row": pa.array([0] * count, pa.int32()),
            "trace_id": pa.nulls(count, pa.string()),
            "model": [deployment] * count,
            "version": ["1"] * count,
            "time": pa.array([now] * count, pa.timestamp("us", tz="UTC")),
            "latency": [0.01] * count,
            "status": pa.array([200] * count, pa.int16()),
            "error": pa.nulls(count, pa.string()),
            "input.first": rows["first"].tolist(),
            "input.second": rows["second"].tolist(),
            "output.output-1": [[1 - each, each] for each in answers.tolist()],
            **{name: pa.array([value] * count, pa.string()) for name, value in named.items()},
        }
    )
    _, root = log_layout.store(data)
    folder = Path(log_layout.day_folder(root, deployment, "1", now.date()))
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(written, folder / f"{uuid.uuid4().hex}.parquet")
    truth = pd.DataFrame({"request_id": written["request_id"].to_pylist(), "truth": rows["truth"]})
    inference_log.add_truth(deployment, truth)


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
    mlflow.MlflowClient().set_registered_model_alias("silent", CHAMPION, version.version)
    log(watched, table(3, 0))
    with pytest.raises(LookupError, match=f"no requests of the deployment silent; it has those of .*{NAME}"):
        flow.watch("silent")
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
    plan.write_text("rows: [1\n")
    assert command.main([NAME, "--plan", str(plan)]) == 2
    assert f"watching: {plan} is not YAML: " in (said := capsys.readouterr().err) and said.count("\n") == 1
    assert command.main([NAME, "--plan", str(tmp_path)]) == 2
    assert command.main([NAME, "--plan", str(tmp_path / "none.yaml")]) == 2
    for hours in ("0", "-1", "nan", "many"):
        with pytest.raises(SystemExit) as wrong:
            command.main([NAME, "--hours", hours])
        assert wrong.value.code == 2


def test_an_error_that_nobody_foresaw_is_a_line_and_no_drift(
    watched: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = {"PREFECT_DEFAULT_WORK_POOL_NAME": "none", "PREFECT_API_URL": "http://127.0.0.1:1/api"}
    for name, value in plan.items():
        monkeypatch.setenv(name, value)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:1/api"}):
        assert command.main([NAME, "--deploy"]) == 3
    said = capsys.readouterr().err
    assert "Error" in said and "Traceback" not in said


def test_a_deployment_of_another_name_is_watched_by_the_versions_that_its_rows_name(
    watched: str, workflow: Server
) -> None:
    plan = WatchPlan(rows=100, columns=Columns(score=0.2, share=0))
    name = f"answers-{uuid.uuid4().hex[:6]}"
    since = datetime.now(UTC)
    log(watched, table(200, 11), name, (NAME, "1"))
    # With the same label, of another model, and of none.
    log(watched, table(300, 12, shift=3), name, ("other", "1"))
    quiet = flow.watch(NAME, plan, since, deployment=name)
    assert (quiet["rows"], quiet["drift"]) == (200, False), quiet["reason"]
    log(watched, table(300, 13, shift=3), name, (NAME, "1"))
    loud = flow.watch(NAME, plan, since, deployment=name)
    assert (loud["rows"], loud["drift"]) == (500, True)
    # For the servers of the deployment; the reports and the event are of the model.
    told = log_layout.read_watching(watched, name)
    assert told and told["run_id"] == loud["run_id"] and told["model"] == NAME
    tags = mlflow.get_run(str(loud["run_id"])).data.tags
    assert (tags[flow.MODEL], tags[flow.DEPLOYMENT]) == (NAME, name)
    # Rows of before the log named versions are known by the deployment's label.
    log(watched, table(150, 14), name)
    assert flow.watch(NAME, plan, since, deployment=name)["rows"] == 650


def test_truth_that_comes_late_is_looked_at_when_it_is_there(watched: str, workflow: Server) -> None:
    name = f"late-{uuid.uuid4().hex[:6]}"
    wrong = table(300, 21)
    log(watched, wrong.assign(truth=~wrong["truth"]), name, (NAME, "1"), ago=timedelta(hours=30))
    log(watched, table(250, 22).assign(truth=None), name, (NAME, "1"))
    said = {"metric": "log_loss", "worse": 0.1, "target": "truth"}
    in_time = flow.watch(NAME, WatchPlan.of({"rows": 200, "performance": said}), deployment=name)
    assert in_time["drift"] is False
    assert "log_loss (0 rows have truth, 200 are needed)" in str(in_time["reason"])
    delayed = WatchPlan.of({"rows": 200, "performance": {**said, "delay": 24}})
    later = flow.watch(NAME, delayed, deployment=name)
    assert (later["rows"], later["rows_with_truth"], later["drift"]) == (250, 300, True), later["reason"]


def test_a_drift_starts_what_waits_for_it() -> None:
    trigger = events.on_drift(NAME, timedelta(hours=1))
    assert trigger.expect == {events.DRIFT} and trigger.within == timedelta(hours=1)
    assert trigger.match.root == {"prefect.resource.id": f"open-mlops.model.{NAME}"}

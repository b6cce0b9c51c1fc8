"""Real model servers with a log: the fixtures are for modules that name this one in `pytest_plugins`."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import mlflow
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import Server, mlserver_in
from mlflow.models import infer_signature
from models import sample, trained

from open_mlops import inference_log, v2

NAME = "answers"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "model"
    table = sample(300)
    fitted = trained(1)
    mlflow.sklearn.save_model(
        fitted,
        folder,
        signature=infer_signature(table, fitted.predict_proba(table)),
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
        pip_requirements=["scikit-learn"],
    )
    return folder


def served(folder: Path, model: Path, env: dict[str, str] | None = None, **settings: Any) -> Server:
    """A server, not started, of version 7; it ships its log twice a second."""
    described = {
        "name": f"{NAME}.v7",
        "implementation": "mlserver_mlflow.MLflowRuntime",
        "versions": ["7"],
        "parameters": {"uri": str(model), **settings.pop("parameters", {})},
        **settings,
    }
    (folder / "models" / NAME).mkdir(parents=True, exist_ok=True)
    (folder / "models" / NAME / "model-settings.json").write_text(json.dumps(described))
    log = {
        "OPEN_MLOPS_DATA": f"file://{folder / 'data'}",
        "OPEN_MLOPS_INFERENCE_JOURNAL": str(folder / "journal"),
        "OPEN_MLOPS_INFERENCE_LOG_SECONDS": "0.5",
    }
    return mlserver_in(folder, {**log, **(env or {})})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Iterator[Server]:
    """One for the tests that need no other. Its log is there for as long as the module runs."""
    server = served(tmp_path_factory.mktemp("shared"), model)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def shared_log(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPEN_MLOPS_DATA", server.env["OPEN_MLOPS_DATA"])


@pytest.fixture
def start(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Starts a server, whose log `open_mlops.inference_log` then reads."""
    started: list[Server] = []

    def begin(env: dict[str, str] | None = None, before: Sequence[str] = (), **settings: Any) -> Server:
        server = served(tmp_path, model, env, **settings)
        server.command = [*before, *server.command]
        server.start()
        started.append(server)
        return server

    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path / 'data'}")
    yield begin
    for server in started:
        server.stop()


def ask(server: Server, rows: pd.DataFrame, **more: Any) -> httpx.Response:
    address = f"{server.address}/v2/models/{NAME}.v7/infer"
    return httpx.post(address, json={**v2.encode_request(rows), **more}, timeout=30, trust_env=False)


def logged(server: Server, ids: Iterable[str]) -> pd.DataFrame:
    """What the log has of these requests, as soon as it has all of them."""
    wanted, since = set(ids), datetime.now(UTC) - timedelta(hours=1)
    deadline = time.monotonic() + 60
    while wanted - set((found := inference_log.read(NAME, since).to_pandas())["request_id"]):
        assert time.monotonic() < deadline, f"{len(found)} rows are logged:\n{server.log()}"
        time.sleep(0.1)
    return found[found["request_id"].isin(wanted)]


def shipped(folder: Path) -> list[str]:
    """Request ids of every row of every file, each as often as it is there."""
    files = (folder / "data").rglob("version=7/**/[!.]*.parquet")
    return [name for file in files for name in pq.ParquetFile(file).read()["request_id"].to_pylist()]


def metric(server: Server, name: str) -> float:
    text = httpx.get(f"http://127.0.0.1:{server.env['MLSERVER_METRICS_PORT']}/metrics", trust_env=False).text
    return sum(
        float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name}_total")
    )

"""The model server and its log: real servers, killed and starved."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from conftest import Server, mlserver_in
from mlflow.models import infer_signature
from models import sample, trained

from open_mlops import inference_log, v2
from open_mlops.serving.log import chosen

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


def test_the_short_way_answers_what_the_standard_way_does(server: Server, model: Path) -> None:
    rows = sample(50, 3)
    short = ask(server, rows, id="one").json()
    # Naming an output is what only the standard way knows.
    standard = ask(server, rows, id="one", outputs=[{"name": "output-1"}]).json()
    assert short["outputs"] == standard["outputs"]
    for answer in (short, standard):
        assert (answer["id"], answer["model_name"], answer["model_version"]) == ("one", NAME, "7")
    # In another order than the signature's, which is the model's.
    turned = ask(server, rows[rows.columns[::-1]], id="one").json()
    assert turned["outputs"] == short["outputs"]
    expected = mlflow.pyfunc.load_model(str(model)).predict(rows)
    np.testing.assert_array_equal(v2.decode_response(short)["output-1"], expected)


def test_every_row_is_logged_with_what_was_asked_and_answered(server: Server, shared_log: None) -> None:
    before = metric(server, "inference_log_requests")
    rows = sample(3, 5)
    trace = "0af7651916cd43dd8448eb211c80319c"
    address = f"{server.address}/v2/models/{NAME}.v7/infer"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-00"}
    answer = httpx.post(address, json=v2.encode_request(rows), headers=headers, trust_env=False).json()
    assert answer["id"] == trace
    ask(server, rows.drop(columns="word"), id="refused")
    found = logged(server, [trace, "refused"]).set_index(["request_id", "row"])
    good = found.loc[trace]
    assert good["input.word"].tolist() == rows["word"].tolist()
    np.testing.assert_array_equal(good["input.number"].to_numpy(float), rows["number"].to_numpy())
    np.testing.assert_array_equal(
        np.stack(good["output.output-1"].to_list()), v2.decode_response(answer)["output-1"]
    )
    assert set(good["version"]) == {"7"} and set(good["status"]) == {200} and set(good["trace_id"]) == {trace}
    assert (good["latency"] > 0).all() and (good["time"] > datetime.now(UTC) - timedelta(minutes=5)).all()
    refused = found.loc[("refused", 0)]
    assert refused["status"] == 400 and "missing inputs" in refused["error"]
    assert metric(server, "inference_log_requests") == before + 2


def test_truth_joins_by_request_and_row_and_the_last_counts(server: Server, shared_log: None) -> None:
    ask(server, sample(2), id="a")
    ask(server, sample(1), id="b")
    assert logged(server, "ab")["truth"].isna().all()
    inference_log.add_truth(NAME, pd.DataFrame({"request_id": ["a", "b"], "truth": [True, True]}))
    inference_log.add_truth(NAME, pd.DataFrame({"request_id": ["a"], "row": [0], "truth": [False]}))
    found = logged(server, "ab").set_index(["request_id", "row"])["truth"]
    assert found[("a", 0)] is False and found[("b", 0)] is True and found[("a", 1)] is None
    with pytest.raises(ValueError, match=r"no column request_id.*no column truth"):
        inference_log.add_truth(NAME, pd.DataFrame({"id": ["a"]}))
    with pytest.raises(ValueError, match="since have no time zone"):
        inference_log.read(NAME, datetime.now())


def test_drop_sample_and_days(start: Any, tmp_path: Path) -> None:
    root = tmp_path / "data" / "inference-log" / f"model={NAME}" / "version=6"
    days = [f"date={(datetime.now(UTC).date() - timedelta(days=days)).isoformat()}" for days in (2, 4)]
    for day in days:
        (root / day).mkdir(parents=True)
    server = start(parameters={"inference_log": {"drop": ["word"], "sample": 0.5, "days": 3}})
    ids = [f"id-{number}" for number in range(60)]
    for name in ids:
        ask(server, sample(1).assign(word="secret"), id=name)
    # A shadow's copy has the same id, and is chosen when the request is.
    picked = [name for name in ids if chosen(name, 0.5)]
    assert 10 < len(picked) < 50
    # The model knows no such word, and says so with the word in it.
    assert set(logged(server, picked)["error"]) == {"ValueError"}
    server.stop()
    assert sorted(shipped(tmp_path)) == sorted(picked)
    files = [file for name in ("data", "journal") for file in (tmp_path / name).rglob("*") if file.is_file()]
    assert files and not any(b"secret" in file.read_bytes() for file in files)
    assert [found.name for found in root.iterdir()] == days[:1]


def test_wrong_options_keep_a_model_from_being_served(server: Server) -> None:
    described = server.folder / "models" / NAME / "model-settings.json"
    settings = json.loads(described.read_text())
    settings["parameters"]["inference_log"] = {"sample": 2, "days": 0}
    described.write_text(json.dumps(settings))
    refused = httpx.post(f"{server.address}/v2/repository/models/{NAME}.v7/load", trust_env=False)
    assert refused.status_code == 500
    assert "sample is 2; use 0 to 1; days is 0; use a whole number" in refused.json()["error"]
    assert ask(server, sample(1)).status_code == 200


def test_a_batch_answers_each_what_it_would_be_answered_alone_and_kill_9_loses_nothing_that_was_answered(
    start: Any, tmp_path: Path, model: Path
) -> None:
    server = start(max_batch_size=16)
    local = mlflow.pyfunc.load_model(str(model))
    frames = [sample(1 + number % 3, number) for number in range(60)]
    wrong = sample(2).drop(columns="word")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda rows: ask(server, rows), [*frames, wrong]))
    for rows, answer in zip(frames, answers[:-1], strict=True):
        np.testing.assert_array_equal(v2.decode_response(answer.json())["output-1"], local.predict(rows))
    assert answers[-1].status_code == 400
    assert "Model is missing inputs ['word']" in answers[-1].json()["error"]

    answered: list[str] = []
    done = threading.Event()

    def client(name: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            try:
                if ask(server, sample(1), id=f"{name}-{number}").status_code == 200:
                    answered.append(f"{name}-{number}")
            except httpx.TransportError:
                time.sleep(0.1)

    with ThreadPoolExecutor(6) as pool:
        for name in range(6):
            pool.submit(client, name)
        for enough in (100, 200):
            # Some of it was shipped already, and some is being.
            while len(answered) < enough:
                time.sleep(0.01)
            server.stop(signal.SIGKILL)
            server.start()
        done.set()
    server.stop()
    ids = [name for name in shipped(tmp_path) if "-" in name and len(name) < 10]
    assert set(answered) <= set(ids)
    assert len(ids) == len(set(ids))
    assert not list((tmp_path / "journal").glob("*.jsonl"))


def test_without_its_bucket_the_log_waits_and_predictions_go_on(start: Any, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    server = start()
    for number in range(20):
        assert ask(server, sample(1), id=str(number)).status_code == 200
    deadline = time.monotonic() + 10
    while "cannot be written" not in server.log():
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.1)
    assert metric(server, "inference_log_lost") == 0
    (tmp_path / "data").unlink()
    logged(server, map(str, range(20)))
    assert "reaches" in server.log()


def test_a_full_disk_loses_rows_says_how_many_and_fails_no_prediction(start: Any, tmp_path: Path) -> None:
    # A file may have 32 KB and no more: what a full disk does to a write.
    limited = ["bash", "-c", 'ulimit -f 32 && exec "$@"', "limited"]
    server = start({"OPEN_MLOPS_INFERENCE_LOG_SECONDS": "3600"}, limited)
    for number in range(150):
        assert ask(server, sample(1), id=str(number)).status_code == 200
    lost = metric(server, "inference_log_lost")
    assert 0 < lost < 150 and "was answered and not logged" in server.log()
    server.stop()
    assert len(set(shipped(tmp_path))) == 150 - lost

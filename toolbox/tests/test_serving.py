"""The model server and its log: real servers, killed and starved."""

from __future__ import annotations

import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import Server
from log_place import NAME, ask, logged, metric, shipped
from models import sample

from open_mlops import inference_log, v2
from open_mlops.serving.log import chosen

pytest_plugins = ["log_place"]


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
    ask(server, rows.drop(columns="word"), id="refused")
    found = logged(server, [answer["id"], "refused"]).set_index(["request_id", "row"])
    good = found.loc[answer["id"]]
    assert good["registered_model"].isna().all() and good["registered_version"].isna().all()
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


def test_requests_of_one_trace_have_each_their_own_id(server: Server, shared_log: None) -> None:
    address = f"{server.address}/v2/models/{NAME}.v7/infer"
    headers = {"traceparent": "00-1bf7651916cd43dd8448eb211c80319d-b7ad6b7169203331-00"}
    ids = [
        httpx.post(address, json=v2.encode_request(sample(1, n)), headers=headers, trust_env=False).json()[
            "id"
        ]
        for n in range(5)
    ]
    found = logged(server, ids)
    assert len(set(ids)) == len(found) == 5 and found["trace_id"].nunique() == 1


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
    truth = tmp_path / "data" / "inference-log" / "truth" / f"model={NAME}"
    truth.mkdir(parents=True)
    added = [f"{time.time_ns() - days * 86400 * 10**9}-a.parquet" for days in (2, 5)]
    for file in added:
        pq.write_table(
            pa.table({"request_id": ["a"], "row": pa.array([0], pa.int32()), "truth": [1]}), truth / file
        )
    registered = {"name": "flights", "version": "3", "model_uri": "models:/flights/3"}
    options = {"drop": ["word"], "sample": 0.5, "days": 3}
    server = start(parameters={"inference_log": options, "extra": registered})
    ids = [f"id-{number}" for number in range(60)]
    for name in ids:
        ask(server, sample(1).assign(word="secret"), id=name)
    # A shadow's copy has the same id, and is chosen when the request is.
    picked = [name for name in ids if chosen(name, 0.5)]
    assert 10 < len(picked) < 50
    # The model knows no such word, and says so with the word in it.
    found = logged(server, picked)
    assert set(found["error"]) == {"ValueError"}
    assert {*zip(found["registered_model"], found["registered_version"], strict=True)} == {("flights", "3")}
    # MLServer's own way to the model fails with the same words.
    left = next(name for name in ids if name not in picked)
    standard = ask(server, sample(1).assign(word="secret"), id=left, outputs=[{"name": "output-1"}])
    assert standard.status_code == 500 and "secret" in standard.text
    server.stop()
    said = (tmp_path / "log").read_text()
    assert "secret" not in said and said.count("ValueError") > 60 and "_encoders.py" in said
    assert sorted(shipped(tmp_path)) == sorted(picked)
    files = [file for name in ("data", "journal") for file in (tmp_path / name).rglob("*") if file.is_file()]
    assert files and not any(b"secret" in file.read_bytes() for file in files)
    assert [found.name for found in root.iterdir()] == days[:1]
    assert [found.name for found in truth.iterdir()] == added[:1]


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
    assert "no longer: the inference log cannot be written" in server.log()


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

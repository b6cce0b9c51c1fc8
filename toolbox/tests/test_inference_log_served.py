"""The log of real servers that are asked what nobody should ask, or find what nobody should leave."""

from __future__ import annotations

import gzip
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
from conftest import Server
from log_place import NAME, ask, logged, metric
from models import sample

from open_mlops import v2

pytest_plugins = ["log_place"]

#: What a client may send in the place of the input `number`.
MALFORMED: list[Any] = [
    {"name": "number", "datatype": "FP64", "shape": 5, "data": [1.5]},
    {"name": "number", "datatype": "FP64", "shape": ["x"], "data": [1.5]},
    {"name": "number", "datatype": "FP64", "shape": {"rows": 1}, "data": [1.5]},
    {"name": "number", "datatype": "FP64", "shape": [-3], "data": [1.5]},
    {"name": "number", "datatype": "FP64", "shape": [1], "data": [{}]},
    {"name": "number", "datatype": "FP64", "shape": [1], "data": {"a": [{}]}},
    {"name": "number", "datatype": "INT64", "shape": [1], "data": [2**64 - 1]},
    {"name": "number", "datatype": "BYTES", "shape": [1], "data": ["n/a"]},
    {"name": {"a": 1}, "datatype": "FP64", "shape": [1], "data": [1.5]},
    {"name": "number", "datatype": "FP64", "shape": [1], "data": [1.5], "parameters": "none"},
    {"name": "number"},
    "number",
    None,
]


def test_no_request_is_so_wrong_that_the_log_of_others_stops(server: Server, shared_log: None) -> None:
    lost = metric(server, "inference_log_lost")
    rest = v2.encode_request(sample(1))["inputs"][1:]
    address = f"{server.address}/v2/models/{NAME}.v7/infer"
    bodies = [[wrong, *rest] for wrong in MALFORMED] + [{}, "inputs", 3, None]
    for number, inputs in enumerate(bodies):
        body = {"id": f"wrong-{number}", "inputs": inputs}
        answer = httpx.post(address, json=body, timeout=30, trust_env=False)
        # Some are only odd, and answered.
        assert answer.json().get("error") or answer.json().get("detail") or answer.json()["outputs"]
        assert ask(server, sample(1), id=f"right-{number}").status_code == 200
    ids = [f"{kind}-{number}" for kind in ("wrong", "right") for number in range(len(bodies))]
    found = logged(server, ids).set_index("request_id")
    # What they had in its place has cost the others nothing.
    assert found["input.number"].dtype == float
    assert found.loc[found.index.str.startswith("right"), "input.word"].notna().all()
    assert set(found.loc[found.index.str.startswith("right"), "status"]) == {200}
    refused = found.loc[found.index.str.startswith("wrong") & (found["status"] != 200)]
    assert len(refused) > len(bodies) / 2
    assert metric(server, "inference_log_lost") == lost


def test_a_segment_that_cannot_be_read_keeps_nothing_else_from_its_work(start: Any, tmp_path: Path) -> None:
    # A folder can be no segment, and the oldest is the first to be tried.
    (tmp_path / "journal" / "1-broken.jsonl").mkdir(parents=True)
    # What another server left: half a line, one of nothing, and one that says what cannot be.
    left = {
        **{"id": "left", "trace": None, "model": NAME, "version": "7", "time": time.time()},
        **{"latency": 0.1, "status": 422, "error": None, "out": []},
        "in": [{"name": "number", "shape": 5, "data": [1.5]}, {"name": "word", "shape": [5], "data": []}],
    }
    journal = tmp_path / "journal" / "2-left.jsonl"
    journal.write_text(
        json.dumps({**left, "in": 3, "id": "odd"}) + "\n{}\n" + json.dumps(left) + '\n{"id": "'
    )
    old = tmp_path / "data" / "inference-log" / f"model={NAME}" / "version=6" / "date=2020-01-01"
    old.mkdir(parents=True)
    server = start()
    assert ask(server, sample(1), id="new").status_code == 200
    logged(server, ["odd", "left", "new"])
    assert metric(server, "inference_log_lines_broken") == 3
    deadline = time.monotonic() + 30
    while old.exists():
        assert time.monotonic() < deadline, server.log()
        time.sleep(0.1)
    # As the alerts see it.
    page = httpx.get(f"http://127.0.0.1:{server.env['MLSERVER_METRICS_PORT']}/metrics", trust_env=False).text
    assert re.search(r"^inference_log_segments_waiting(\{[^}]*\})? 1\.0$", page, re.MULTILINE)
    assert re.search(r'^inference_log_lost_total\{model="answers",version="7"\} 0\.0$', page, re.MULTILINE)
    assert "cannot be written" in server.log() and "1-broken.jsonl" in server.log()


def test_what_is_compressed_is_answered_and_logged_as_what_is_not(server: Server, shared_log: None) -> None:
    address = f"{server.address}/v2/models/{NAME}.v7/infer"
    rows = sample(3, 8)

    def post(body: bytes, encoding: str, path: str = address) -> httpx.Response:
        headers = {"content-type": "application/json", "content-encoding": encoding}
        return httpx.post(path, content=body, headers=headers, timeout=60, trust_env=False)

    body = json.dumps({**v2.encode_request(rows), "id": "packed"}).encode()
    answer = post(gzip.compress(body), "gzip")
    assert answer.json()["outputs"] == ask(server, rows).json()["outputs"]
    assert (answer.json()["model_name"], answer.json()["model_version"]) == (NAME, "7")
    standard = {**json.loads(body), "id": "standard", "outputs": [{"name": "output-1"}]}
    packed = gzip.compress(json.dumps(standard).encode())
    assert post(packed, "gzip", address.replace("/infer", "/generate")).json()["model_version"] == "7"
    assert logged(server, ["packed", "standard"])["input.word"].tolist() == rows["word"].tolist() * 2
    assert post(gzip.compress(bytes(70 * 2**20), 9), "gzip").status_code == 413
    for content, encoding, status, said in [
        (body, "gzip", 400, "is not gzip"),
        (gzip.compress(body)[:-9], "gzip", 400, "is not gzip"),
        (body, "br", 415, "use gzip or none"),
    ]:
        refused = post(content, encoding)
        assert refused.status_code == status and said in refused.json()["error"]

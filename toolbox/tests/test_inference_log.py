"""The inference log as it is read: files as servers have written them, of types that differ."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from open_mlops import evidence, inference_log, log_files, log_layout
from open_mlops.serving.rows import tables

NAME = "answers"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{tmp_path}")
    return tmp_path


def line(request: str, number: Any = 1.5, *, status: int = 200, **more: Any) -> dict[str, Any]:
    """A line of the journal, of a request of one row that was answered just now."""
    answered = [{"name": "p", "shape": [1], "data": [0.5]}] if status == 200 else []
    return {
        "id": request,
        "trace": None,
        "model": NAME,
        "version": "7",
        "time": time.time(),
        "latency": 0.01,
        "status": status,
        "error": None,
        "in": [{"name": "number", "shape": [1], "data": [number]}],
        "out": answered,
        **more,
    }


def ship(*lines: dict[str, Any]) -> list[Path]:
    """Files of these lines, as the shipper writes them."""
    root = log_layout.store(os.environ["OPEN_MLOPS_DATA"])[1]
    written = []
    for (model, version, day), table in tables(list(lines))[0]:
        folder = Path(log_layout.day_folder(root, model, version, day))
        folder.mkdir(parents=True, exist_ok=True)
        written.append(folder / f"{time.time_ns()}-a.parquet")
        pq.write_table(table, written[-1])
    return written


def hour() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def numbers(column: str = "input.number") -> dict[str, Any]:
    found = inference_log.read(NAME, hour())
    return dict(zip(found["request_id"].to_pylist(), found[column].to_pylist(), strict=True))


def test_a_word_that_was_refused_costs_nobody_the_others_numbers() -> None:
    # In one file, in a file of its own, and as older servers wrote it: all of the file's numbers as words.
    ship(line("a", 1.5), line("refused", "n/a", status=400))
    ship(line("b", 2))
    ship(line("alone", "n/a", status=400))
    (older,) = ship(line("c", 3.5), line("d", "n/a", status=400))
    table = pq.ParquetFile(older).read()
    words = pa.array(["3.5", "n/a"])
    at = table.column_names.index("input.number")
    pq.write_table(table.set_column(at, "input.number", words), older)
    found = inference_log.read(NAME, hour())
    assert found.schema.field("input.number").type == pa.float64()
    assert numbers() == {"a": 1.5, "refused": None, "b": 2.0, "alone": None, "c": 3.5, "d": None}


def test_what_answered_requests_mix_is_kept_as_text() -> None:
    ship(line("a", 1.5), line("b", "word"))
    ship(line("c", 2))
    ship(line("d", [1, 2]))
    assert numbers() == {"a": "1.5", "b": "word", "c": "2", "d": "[1, 2]"}


@pytest.mark.parametrize(
    ("given", "kept"), [(2**64 - 1, float(2**64 - 1)), (True, 1.0), (2**60, float(2**60)), (None, None)]
)
def test_numbers_of_any_kind_stay_numbers(given: Any, kept: float | None) -> None:
    ship(line("a", given), line("b", 0.5))
    ship(line("c", 1))
    assert numbers() == {"a": kept, "b": 0.5, "c": 1.0}


def test_what_parquet_does_not_take_is_text() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    ship(line("a", {}, status=422), line("b", {"c": [1]}, status=422), line("d", deep, status=422))
    found = numbers()
    assert (found["a"], found["b"]) == ("{}", '{"c": [1]}')
    assert found["d"] == "[" * 99 + "1" + "]" * 99


def test_a_line_that_is_not_understood_keeps_its_row_and_the_others() -> None:
    wrong = line("wrong", **{"in": 3}, status=422)
    found, broken = tables([line("a"), wrong, {"id": "of nobody"}, line("b")])
    assert broken == 2
    ((_, table),) = found
    assert table["request_id"].to_pylist() == ["a", "wrong", "b"]
    assert table["input.number"].to_pylist() == [1.5, None, 1.5]


@pytest.mark.parametrize("shape", [5, ["x"], {"a": 1}, [], None, [-5], [0], [True], [2**70]])
def test_any_shape_leaves_a_row(shape: Any) -> None:
    for data in ([1, 2, 3, 4, 5], [], 3, "word", [{}], None):
        said = [{"name": "number", "shape": shape, "data": data}]
        found, broken = tables([line("a", **{"in": said}, status=422)])
        assert broken == 0 and found[0][1].num_rows == 1, (shape, data)


def test_every_request_counts_however_often_its_client_uses_an_id() -> None:
    ship(line("same", status=500), line("same"))
    ship(line("same"), line("same", version="8"))
    found = evidence.of_traffic(NAME, "7", hour())
    assert (found.requests, found.errors, len(found.latencies)) == (3, 1, 2)
    assert len(inference_log.read(NAME, hour(), version="7")) == 3


def shadowed(
    *asked: tuple[str, float, float, float], trace: str | None = "t", drop: bool = False
) -> float | None:
    """The agreement of requests (id given by the client or "", input, the champion's answer, the shadow's),
    whose copies are logged in the other order.
    """
    for version, at in (("7", 2), ("8", 3)):
        lines = []
        for number, request in enumerate(asked):
            made = line(
                request[0] or f"{version}-{number}",
                request[1],
                version=version,
                trace=trace,
                time=time.time() + (number if version == "7" else -number) / 1000 - 60,
                out=[{"name": "p", "shape": [1], "data": [request[at]]}],
            )
            lines.append(made | ({"in": []} if drop else {}))
        ship(*lines)
    return evidence.of_shadow(NAME, "7", "8", hour(), 0.01)


def test_a_shadow_is_compared_request_by_request_within_one_trace() -> None:
    assert shadowed(*(("", float(n), n / 10, n / 10) for n in range(4))) == 1.0


def test_a_shadow_that_differs_once_differs_once() -> None:
    # Also where some are asked the same.
    asked = [("", 1.0, 0.1, 0.1), ("", 2.0, 0.2, 0.9), ("", 1.0, 0.1, 0.1), ("", 3.0, 0.3, 0.3)]
    assert shadowed(*asked) == 0.75


def test_an_id_of_the_client_pairs_without_a_trace() -> None:
    assert shadowed(("a", 1.0, 0.1, 0.1), ("b", 1.0, 0.2, 0.9), trace=None, drop=True) == 0.5


def test_what_cannot_be_told_apart_is_no_evidence() -> None:
    assert shadowed(("", 1.0, 0.1, 0.1), ("", 2.0, 0.2, 0.2), drop=True) is None
    assert evidence.of_shadow(NAME, "7", "9", hour(), 0.01) is None


def test_truth_of_any_kinds_is_read_together() -> None:
    ship(*(line(name) for name in "abcd"))
    inference_log.add_truth(NAME, pd.DataFrame({"request_id": ["a"], "truth": [True]}))
    inference_log.add_truth(NAME, pd.DataFrame({"request_id": ["b"], "truth": [1]}))
    assert numbers("truth") == {"a": 1, "b": 1, "c": None, "d": None}
    inference_log.add_truth(NAME, pd.DataFrame({"request_id": ["c"], "truth": pd.Categorical(["late"])}))
    assert numbers("truth") == {"a": "true", "b": "1", "c": "late", "d": None}
    with pytest.raises(ValueError, match=r"it is timestamp.*use numbers, words or truth values"):
        inference_log.add_truth(NAME, pd.DataFrame({"request_id": ["a"], "truth": [pd.Timestamp(0)]}))


def test_the_registered_model_is_read_and_is_null_in_older_files() -> None:
    ship(line("new", registered_model="flights", registered_version="3"))
    (older,) = ship(line("old"))
    table = pq.ParquetFile(older).read().drop(["registered_model", "registered_version"])
    pq.write_table(table, older)
    assert numbers("registered_model") == {"new": "flights", "old": None}
    assert numbers("registered_version") == {"new": "3", "old": None}


def test_a_look_at_the_last_minutes_opens_what_was_written_since() -> None:
    written = [ship(line(f"{number}", time=time.time() - 60 * number))[0] for number in range(30)]
    for number, path in enumerate(written):
        at = time.time() - 60 * number
        os.utime(path, (at, at))
    # Truth that nobody who counts requests needs.
    folder = Path(log_layout.truth_folder(log_layout.store(os.environ["OPEN_MLOPS_DATA"])[1], NAME))
    folder.mkdir(parents=True)
    (folder / "1-a.parquet").write_text("not a file of Parquet")
    since = datetime.now(UTC) - timedelta(seconds=150)
    assert evidence.of_traffic(NAME, "7", since).requests == 3
    filesystem, root = log_layout.store(os.environ["OPEN_MLOPS_DATA"])
    opened = log_files.of_requests(filesystem, root, NAME, since, datetime.now(UTC), ["7"])
    assert 3 <= len(opened) <= 9


def test_files_that_retention_takes_meanwhile_are_no_error(data: Path) -> None:
    (path,) = ship(line("a"))
    filesystem, _ = log_layout.store(os.environ["OPEN_MLOPS_DATA"])
    path.unlink()
    assert log_files.scan(filesystem, [str(path)], None) == []

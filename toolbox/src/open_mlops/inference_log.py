"""The inference log of this place: what was asked and answered, and what turned out to be true.

    since = datetime.now(UTC) - timedelta(days=1)
    table = inference_log.read("flights", since)          # a pyarrow table; .to_pandas() makes a frame
    inference_log.add_truth("flights", pd.DataFrame({"request_id": ids, "truth": late}))

`open_mlops.log_layout` names the columns. The log is under `OPEN_MLOPS_DATA`; rows are there some seconds
after they were answered.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import fs

from . import log_layout as layout
from .settings import require

_KEY = ["request_id", "row"]


def read(
    model: str, since: datetime, until: datetime | None = None, *, version: str | None = None
) -> pa.Table:
    """Rows of requests from `since` to before `until` (default: now), the oldest first, with their `truth`.

    A request that was logged twice, because it was sent twice with one id to one version, is there once: the
    last. `truth` is null where none has come. Times need a time zone; ValueError says which has none.
    """
    until = until or datetime.now(UTC)
    if bare := [name for name, at in {"since": since, "until": until}.items() if at.tzinfo is None]:
        raise ValueError(f"{' and '.join(bare)} have no time zone; use datetime.now(UTC) and the like")
    filesystem, root = layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])
    files = [
        path
        for path in _parquet(filesystem, layout.model_folder(root, model))
        if _of(path, version) and since.astimezone(UTC).date() <= _day(path) <= until.astimezone(UTC).date()
    ]
    found = _concatenate([_read_file(filesystem, path) for path in files], layout.COLUMNS)
    start, end = pa.scalar(since, pa.timestamp("us", "UTC")), pa.scalar(until, pa.timestamp("us", "UTC"))
    found = found.filter(pc.and_(pc.greater_equal(found["time"], start), pc.less(found["time"], end)))
    found = _last(found.sort_by([("time", "ascending"), ("row", "ascending")]), [*_KEY, "version"])
    return _with_truth(found, truth(model))


def add_truth(model: str, truth: pa.Table | pd.DataFrame) -> None:
    """Adds what was true: columns `request_id`, `truth` and, for requests of several rows, `row` (default:
    0).

    It may come before the request's row is in the log, and again: what came last counts. ValueError lists
    what is wrong with the table.
    """
    table = truth if isinstance(truth, pa.Table) else pa.Table.from_pandas(truth, preserve_index=False)
    problems = [
        f"it has no column {name}" for name in ("request_id", "truth") if name not in table.column_names
    ]
    if extra := sorted(set(table.column_names) - {*_KEY, "truth"}):
        problems.append(f"it has columns {', '.join(extra)}; use request_id, row and truth")
    if not problems and table["request_id"].null_count:
        problems.append(f"{table['request_id'].null_count} rows have no request_id")
    if problems:
        raise ValueError(f"truth of {model}: {'; '.join(problems)}")
    if "row" not in table.column_names:
        table = table.append_column("row", pa.array([0] * len(table), pa.int32()))
    table = table.select([*_KEY, "truth"]).set_column(1, "row", table["row"].cast(pa.int32()))
    table = table.set_column(0, "request_id", table["request_id"].cast(pa.string()))
    filesystem, root = layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])
    folder = layout.truth_folder(root, model)
    filesystem.create_dir(folder, recursive=True)
    path = f"{folder}/{time.time_ns()}-{uuid.uuid4().hex[:8]}.parquet"
    with filesystem.open_output_stream(f"{path}.part") as stream:
        pq.write_table(table, stream)
    filesystem.move(f"{path}.part", path)


def truth(model: str) -> pa.Table:
    """Everything that is known to be true of the model's requests: `request_id`, `row` and `truth`."""
    filesystem, root = layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])
    # Named by the time they were added at.
    files = sorted(_parquet(filesystem, layout.truth_folder(root, model)))
    schema = pa.schema([("request_id", pa.string()), ("row", pa.int32()), ("truth", pa.null())])
    return _last(_concatenate([_read_file(filesystem, path) for path in files], schema), _KEY)


def _parquet(filesystem: fs.FileSystem, folder: str) -> list[str]:
    selector = fs.FileSelector(folder, allow_not_found=True, recursive=True)
    return [
        info.path
        for info in filesystem.get_file_info(selector)
        # What begins with a dot is being written.
        if info.path.endswith(".parquet") and not info.base_name.startswith(".")
    ]


def _day(path: str) -> date:
    return layout.day_of(path.rpartition("/")[0])


def _of(path: str, version: str | None) -> bool:
    return version is None or layout.value_of(path.split("/")[-3]) == version


def _read_file(filesystem: fs.FileSystem, path: str) -> pa.Table:
    with filesystem.open_input_file(path) as file:
        return pq.ParquetFile(file).read()


def _concatenate(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Columns come and go between files: another version of a model may take others."""
    return pa.concat_tables([schema.empty_table(), *tables], promote_options="permissive")


def _last(table: pa.Table, key: list[str]) -> pa.Table:
    """The last row of each key, in the order of the table."""
    if not len(table):
        return table
    places = pa.table({**{name: table[name] for name in key}, "at": pa.array(range(len(table)))})
    kept = places.group_by(key).aggregate([("at", "max")])["at_max"].to_numpy()
    return table.take(pa.array(sorted(kept)))


def _with_truth(table: pa.Table, truth: pa.Table) -> pa.Table:
    if not len(truth) or not len(table):
        return table.append_column("truth", pa.nulls(len(table), truth["truth"].type))
    # Only keys are joined: a join takes no columns of lists.
    places = pa.table({**{name: table[name] for name in _KEY}, "at": pa.array(range(len(table)))})
    joined = places.join(truth, _KEY, join_type="left outer").sort_by("at")
    return table.append_column("truth", joined["truth"])

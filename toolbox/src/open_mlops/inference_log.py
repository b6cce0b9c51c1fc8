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
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from . import log_files
from . import log_layout as layout
from .log_types import concatenate
from .settings import require

_KEY = ["request_id", "row"]
_TRUTH = pa.schema([("request_id", pa.string()), ("row", pa.int32())])
#: Truth may be added so much before its request comes.
_AHEAD = timedelta(days=1)


def read(
    model: str, since: datetime, until: datetime | None = None, *, version: str | None = None
) -> pa.Table:
    """Rows of requests from `since` to before `until` (default: now), the oldest first, with their `truth`.

    Each request is there, also where a client has sent several with one id: truth of that id is then of all.
    `truth` is null where none has come. Times need a time zone; ValueError says which has none.
    """
    found = rows(model, since, until, versions=None if version is None else [version])
    found = found.sort_by([("time", "ascending"), ("row", "ascending")])
    known = _truth(model, since - _AHEAD, pc.unique(found["request_id"]))
    return _with_truth(found, known)


def rows(
    model: str,
    since: datetime,
    until: datetime | None = None,
    *,
    versions: Collection[str] | None = None,
    columns: tuple[str, ...] | None = None,
) -> pa.Table:
    """As `read`, without truth and in no order: what it needs not is not opened. `columns` are what names of
    columns begin with, such as `log_layout.INPUT`, and `time` is among them; default: all.
    """
    until = until or datetime.now(UTC)
    if bare := [name for name, at in {"since": since, "until": until}.items() if at.tzinfo is None]:
        raise ValueError(f"{' and '.join(bare)} have no time zone; use datetime.now(UTC) and the like")
    filesystem, root = layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])
    files = log_files.of_requests(filesystem, root, model, since, until, versions)
    start, end = (pa.scalar(at, pa.timestamp("us", "UTC")) for at in (since, until))
    wanted = None if columns is None else ("time", *columns)
    names = [name for name in layout.COLUMNS.names if wanted is None or name.startswith(wanted)]
    schema = pa.schema([layout.COLUMNS.field(name) for name in names])
    found = concatenate(log_files.scan(filesystem, files, wanted), schema)
    return found.filter(pc.and_(pc.greater_equal(found["time"], start), pc.less(found["time"], end)))


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
    if not problems and (kind := _kind(table["truth"].type)) is None:
        problems.append(f"it is {table['truth'].type}; use numbers, words or truth values")
    if problems:
        raise ValueError(f"truth of {model}: {'; '.join(problems)}")
    if "row" not in table.column_names:
        table = table.append_column("row", pa.array([0] * len(table), pa.int32()))
    table = table.select([*_KEY, "truth"]).set_column(1, "row", table["row"].cast(pa.int32()))
    table = table.set_column(0, "request_id", table["request_id"].cast(pa.string()))
    table = table.set_column(2, "truth", table["truth"].cast(kind))
    filesystem, root = layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])
    folder = layout.truth_folder(root, model)
    filesystem.create_dir(folder, recursive=True)
    path = f"{folder}/{time.time_ns()}-{uuid.uuid4().hex[:8]}.parquet"
    with filesystem.open_output_stream(f"{path}.part") as stream:
        pq.write_table(table, stream)
    filesystem.move(f"{path}.part", path)


def truth(model: str) -> pa.Table:
    """Everything that is known to be true of the model's requests: `request_id`, `row` and `truth`."""
    return _truth(model)


def _truth(model: str, since: datetime | None = None, ids: pa.Array | None = None) -> pa.Table:
    """What was added since then, of these requests."""
    filesystem, root = layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])
    files = log_files.of_truth(filesystem, root, model, since)
    tables = log_files.scan(filesystem, files, None)
    if ids is not None:
        tables = [table.filter(pc.is_in(table["request_id"], ids)) for table in tables]
    found = concatenate(tables, _TRUTH)
    if "truth" not in found.column_names:
        found = found.append_column("truth", pa.nulls(len(found)))
    return _last(found, _KEY)


def _kind(of: pa.DataType) -> pa.DataType | None:
    """The type that truth is kept in: one for whole numbers, one for fractions, one for words."""
    types = pa.types
    if types.is_dictionary(of):
        return _kind(of.value_type)
    if types.is_boolean(of) or types.is_null(of):
        return of
    if types.is_integer(of):
        return pa.int64()
    if types.is_floating(of) or types.is_decimal(of):
        return pa.float64()
    return pa.string() if types.is_string(of) or types.is_large_string(of) else None


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

"""One request among all that the inference log has, and how many a version answered. The log names the
deployment that answered, which may be called otherwise than its model.

Only the files of the days asked for are opened, and of those only the columns needed.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from open_mlops import log_layout as layout
from open_mlops.settings import require

from .records import Answer, Key

#: Which registered model answered: null in files of before the log said so, and of models of no registry.
_REGISTERED = ("registered_model", "registered_version")
_COLUMNS = pa.schema(
    [
        *layout.COLUMNS,
        *(pa.field(name, pa.string()) for name in _REGISTERED if name not in layout.COLUMNS.names),
    ]
)
#: Name of the column in which pyarrow says which file a row is of.
_FILE = "__filename"


def deployments() -> list[str]:
    """Whose requests the log has."""
    filesystem, root = _store()
    return [layout.value_of(path) for path in _folders(filesystem, root, "model=")]


def find(request_id: str, since: datetime) -> list[Answer]:
    """The request as each version that got it answered it: two where one of them got a copy. Of one that was
    sent twice the last.
    """
    filesystem, root = _store()
    files = [path for name in deployments() for path in _files(filesystem, root, name, since)]
    if not files:
        return []
    columns = [*_COLUMNS.names, _FILE]
    rows = _scan(filesystem, files).to_table(columns=columns, filter=pc.field("request_id") == request_id)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(rows.to_pylist(), key=lambda row: (row["time"], row["row"])):
        found.setdefault((row["model"], row["version"]), []).append(row)
    return [_answer(filesystem, root, request_id, rows) for rows in found.values()]


def counts(keys: set[Key], since: datetime) -> dict[Key, int]:
    """Rows that each of these versions answered, in whatever deployment."""
    filesystem, root = _store()
    files = [path for name in deployments() for path in _files(filesystem, root, name, since)]
    if not files:
        return dict.fromkeys(keys, 0)
    # Where no registered model is named, the deployment is called as its model.
    of = {
        name: pc.coalesce(pc.field(registered), pc.field(name))
        for name, registered in zip(("model", "version"), _REGISTERED, strict=True)
    }
    known = pa.scalar(since, pa.timestamp("us", "UTC"))
    answered = (pc.field("status") == 200) & (pc.field("time") >= known)
    mine = of["model"].isin(pa.array({model for model, _ in keys}, pa.string()))
    rows = _scan(filesystem, files).to_table(columns=of, filter=answered & mine)
    found = rows.group_by(["model", "version"]).aggregate([([], "count_all")]).to_pylist()
    by_key = {(each["model"], each["version"]): int(each["count_all"]) for each in found}
    return {key: by_key.get(key, 0) for key in keys}


def _store() -> tuple[fs.FileSystem, str]:
    return layout.store(require("OPEN_MLOPS_DATA")["OPEN_MLOPS_DATA"])


def _scan(filesystem: fs.FileSystem, files: list[str]) -> ds.Dataset:
    # Another version of a model may take other inputs; the columns of every row are the same.
    return ds.dataset(files, schema=_COLUMNS, filesystem=filesystem, format="parquet")


def _files(filesystem: fs.FileSystem, root: str, deployment: str, since: datetime) -> list[str]:
    first = since.astimezone(UTC).date()
    return [
        info.path
        for each in _folders(filesystem, layout.model_folder(root, deployment), "version=")
        for day in _folders(filesystem, each, "date=")
        if _day(day) >= first
        for info in filesystem.get_file_info(fs.FileSelector(day, allow_not_found=True))
        # What begins with a dot is being written.
        if info.path.endswith(".parquet") and not info.base_name.startswith(".")
    ]


def _folders(filesystem: fs.FileSystem, folder: str, mark: str) -> list[str]:
    found = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    return [
        info.path for info in found if info.type == fs.FileType.Directory and info.base_name.startswith(mark)
    ]


def _day(folder: str) -> date:
    return layout.day_of(folder)


def _answer(filesystem: fs.FileSystem, root: str, request_id: str, rows: list[dict[str, Any]]) -> Answer:
    last = rows[-1]
    mine = [row for row in rows if row[_FILE] == last[_FILE]]
    first = next(row for row in mine if row["row"] == 0)
    with filesystem.open_input_file(first[_FILE]) as file:
        whole = pq.ParquetFile(file).read()
    kept = whole.filter((pc.field("request_id") == request_id) & (pc.field("row") == 0)).slice(0, 1)
    outputs = {
        name.removeprefix(layout.OUTPUT): kept[name][0].as_py()
        for name in kept.column_names
        if name.startswith(layout.OUTPUT)
    }
    registered = first[_REGISTERED[0]], first[_REGISTERED[1]]
    return Answer(
        request_id=request_id,
        model=first["model"],
        version=first["version"],
        time=first["time"].astimezone(UTC),
        rows=len({row["row"] for row in mine}),
        status=first["status"],
        latency=first["latency"],
        error=first["error"],
        answered=outputs,
        truth=_truth(filesystem, root, first["model"], request_id),
        registered=registered if all(registered) else None,
    )


def _truth(filesystem: fs.FileSystem, root: str, model: str, request_id: str) -> Any:
    """What was last said to be true of its first row; None where nothing was."""
    folder = layout.truth_folder(root, model)
    found = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
    # Named by the time they were added at.
    for path in sorted((info.path for info in found if info.path.endswith(".parquet")), reverse=True):
        mine = (pc.field("request_id") == request_id) & (pc.field("row") == 0)
        with filesystem.open_input_file(path) as file:
            said = pq.ParquetFile(file).read().filter(mine)
        if len(said):
            return said["truth"][-1].as_py()
    return None

"""The files of the log that a question needs, and of them the columns: a look at the last minute
opens what was written since, however much else there is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from . import log_layout as layout

#: The clocks of servers and of the bucket may differ by so much.
_CLOCKS = timedelta(minutes=5)
#: Files that are read at a time.
_READERS = 8


def of_requests(
    filesystem: fs.FileSystem,
    root: str,
    model: str,
    since: datetime,
    until: datetime,
    versions: Collection[str] | None,
) -> list[str]:
    """Files that may have rows of that time, of these versions or of all."""
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = [
        day
        for each in layout.folders(filesystem, layout.model_folder(root, model), "version=")
        if versions is None or layout.value_of(each) in versions
        for day in layout.folders(filesystem, each, "date=")
        if first <= layout.day_of(day) <= last
    ]
    return [
        info.path
        for day in days
        for info in layout.parquet(filesystem, day)
        if info.mtime is None or info.mtime >= since - _CLOCKS
    ]


def of_truth(filesystem: fs.FileSystem, root: str, model: str, since: datetime | None = None) -> list[str]:
    """Files of truth that were added since then, the oldest first."""
    found = sorted(info.path for info in layout.parquet(filesystem, layout.truth_folder(root, model)))
    return [path for path in found if since is None or layout.added_at(path) >= since]


def scan(filesystem: fs.FileSystem, files: Iterable[str], columns: tuple[str, ...] | None) -> list[pa.Table]:
    """A table a file, in their order, of the columns whose names begin with one of these (default: all). A
    file that was removed meanwhile, being too old, has none.
    """

    def read(path: str) -> pa.Table | None:
        try:
            with filesystem.open_input_file(path) as file:
                parquet = pq.ParquetFile(file)
                names = parquet.schema_arrow.names
                wanted = [name for name in names if columns is None or name.startswith(columns)]
                return parquet.read(wanted, use_threads=False).select(wanted)
        except FileNotFoundError:
            return None

    with ThreadPoolExecutor(_READERS) as pool:
        return [table for table in pool.map(read, files) if table is not None]

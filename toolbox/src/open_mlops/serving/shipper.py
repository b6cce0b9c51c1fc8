"""Brings the journal into the bucket as Parquet, beside the server's work, and forgets what is older than
its days.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from prometheus_client import Counter, Gauge
from pyarrow import fs

from .. import log_layout as layout
from .drift import Drift
from .journal import Journal
from .rows import read_lines, tables

logger = logging.getLogger("mlserver.inference_log")

SHIPPED = Counter("inference_log_rows_shipped", "Rows written to the bucket as Parquet")
BROKEN = Counter("inference_log_lines_broken", "Lines of the journal that could not be read")
WAITING = Gauge("inference_log_segments_waiting", "Segments of the journal that are not in the bucket yet")

#: Seconds between two looks at what is too old.
RETENTION_EVERY = 3600
#: And at what watching has found.
WATCHING_EVERY = 30


class Shipper(threading.Thread):
    """Every `interval` seconds closes the journal's segment and ships what is closed.

    A segment is removed only when its rows are in the bucket. Its Parquet files are named after it, so
    shipping it again after a kill in between writes the same files once more, and no row is there twice.
    """

    def __init__(self, journal: Journal, data: str, interval: float):
        super().__init__(name="inference-log", daemon=True)
        self._journal = journal
        self._data = data
        self._interval = interval
        # Not `_stop`: a thread has a method of that name.
        self._ending = threading.Event()
        self._problem = ""
        self._days: dict[str, int] = {}
        self._looked = 0.0
        self._drift = Drift(data)
        self._told = 0.0

    def keep(self, model: str, days: int) -> None:
        """How long rows of a model are kept; models that were never named are left alone.

        What watching found of it is told with the next interval.
        """
        self._days[model] = days
        self._told = 0.0

    def run(self) -> None:
        while True:
            stopping = self._ending.wait(self._interval)
            self._try()
            if stopping:
                return

    def stop(self, patience: float = 15) -> None:
        """Ships what is there and ends, in so many seconds. What could not be shipped stays in the journal,
        for the next start; a pod that is taken away has none.
        """
        self._ending.set()
        self.join(patience)

    def _try(self) -> None:
        try:
            self._journal.seal()
            self._ship()
            if time.monotonic() - self._looked > RETENTION_EVERY or not self._looked:
                self._looked = time.monotonic()
                self._forget()
            if time.monotonic() - self._told > WATCHING_EVERY or not self._told:
                self._told = time.monotonic()
                self._drift.tell(list(self._days))
            if self._problem:
                logger.info("the inference log reaches %s again", self._data)
            self._problem = ""
        except Exception as error:
            # Told when it begins and when it changes; the journal keeps the rows meanwhile.
            problem = f"{type(error).__name__}: {error}"
            if problem != self._problem:
                logger.error("the inference log cannot be written to %s: %s", self._data, problem)
            self._problem = problem
        WAITING.set(len(self._journal.sealed()))

    def _ship(self) -> None:
        segments = self._journal.sealed()
        if not segments:
            return
        filesystem, root = layout.store(self._data)
        for segment in segments:
            lines, broken = read_lines(segment)
            BROKEN.inc(broken)
            for (model, version, day), table in tables(lines):
                folder = layout.day_folder(root, model, version, day)
                _write(filesystem, folder, f"{segment.stem}.parquet", table)
                SHIPPED.inc(table.num_rows)
            self._journal.remove(segment)

    def _forget(self) -> None:
        if not self._days:
            return
        filesystem, root = layout.store(self._data)
        today = datetime.now(UTC).date()
        for model, days in dict(self._days).items():
            selector = fs.FileSelector(layout.model_folder(root, model), allow_not_found=True, recursive=True)
            for found in filesystem.get_file_info(selector):
                is_day = found.type == fs.FileType.Directory and "/date=" in found.path
                if is_day and layout.day_of(found.path) < today - timedelta(days=days):
                    filesystem.delete_dir(found.path)
                    logger.info("%s is older than %d days and was removed", found.path, days)


def _write(filesystem: fs.FileSystem, folder: str, name: str, table: pa.Table) -> None:
    """Durable when it returns, and never seen half: an object store shows an object when it is whole."""
    if not isinstance(filesystem, fs.LocalFileSystem):
        with filesystem.open_output_stream(f"{folder}/{name}") as stream:
            pq.write_table(table, stream)
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    temporary = Path(folder) / f".{name}"
    with temporary.open("wb") as file:
        pq.write_table(table, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, Path(folder) / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

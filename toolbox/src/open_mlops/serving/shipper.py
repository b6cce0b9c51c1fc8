"""Brings the journal into the bucket as Parquet, beside the server's work, and forgets what is older than
its days.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from prometheus_client import Counter, Gauge
from pyarrow import fs

from .. import log_files
from .. import log_layout as layout
from .drift import Drift
from .journal import Journal
from .rows import read_lines, tables

logger = logging.getLogger("mlserver.inference_log")

SHIPPED = Counter("inference_log_rows_shipped", "Rows written to the bucket as Parquet")
BROKEN = Counter("inference_log_lines_broken", "Lines of the journal that could not be read, or not whole")
WAITING = Gauge(
    "inference_log_segments_waiting",
    "Segments of the journal that are not in the bucket yet",
    multiprocess_mode="mostrecent",
)

#: Seconds between two looks at what is too old.
RETENTION_EVERY = 3600
#: And at what watching has found.
WATCHING_EVERY = 30
#: Seconds for which others are tried when a segment does not reach the bucket.
FAILING = 30


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
        #: By what was to be done, so that each is told when it begins, changes and ends.
        self._problems: dict[str, str] = {}
        self._failed: set[Path] = set()
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
        # What one of these cannot do keeps no other from its work.
        self._tried("the journal cannot be closed", self._journal.seal)
        self._tried(f"the inference log cannot be written to {self._data}", self._ship)
        if time.monotonic() - self._looked > RETENTION_EVERY or not self._looked:
            self._looked = time.monotonic()
            self._tried(f"what is too old cannot be removed from {self._data}", self._forget)
        if time.monotonic() - self._told > WATCHING_EVERY or not self._told:
            self._told = time.monotonic()
            self._tried("what watching has found cannot be told", lambda: self._drift.tell(list(self._days)))
        self._tried("the journal cannot be read", lambda: WAITING.set(len(self._journal.sealed())))

    def _tried(self, failing: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
            if problem != self._problems.get(failing):
                logger.error("%s: %s", failing, problem)
            self._problems[failing] = problem
        else:
            if self._problems.pop(failing, None) is not None:
                logger.info("no longer: %s", failing)

    def _ship(self) -> None:
        """Raises the first error when all segments were tried, or enough of them: the journal keeps what has
        failed, and it is tried after the others the next time.
        """
        segments = self._journal.sealed()
        if not segments:
            return
        filesystem, root = layout.store(self._data)
        begun, errors = time.monotonic(), list[Exception]()
        self._failed &= set(segments)
        for segment in sorted(segments, key=lambda path: (path in self._failed, path)):
            try:
                self._ship_one(filesystem, root, segment)
                self._failed.discard(segment)
            except Exception as error:
                errors.append(error)
                self._failed.add(segment)
                if time.monotonic() - begun > FAILING:
                    break
        if errors:
            raise errors[0]

    def _ship_one(self, filesystem: fs.FileSystem, root: str, segment: Path) -> None:
        lines, unread = read_lines(segment)
        found, broken = tables(lines)
        for (model, version, day), table in found:
            _write(filesystem, layout.day_folder(root, model, version, day), f"{segment.stem}.parquet", table)
        self._journal.remove(segment)
        # Counted once, however often it was tried.
        BROKEN.inc(unread + broken)
        SHIPPED.inc(sum(table.num_rows for _, table in found))

    def _forget(self) -> None:
        if not self._days:
            return
        filesystem, root = layout.store(self._data)
        today = datetime.now(UTC).date()
        for model, days in dict(self._days).items():
            first = today - timedelta(days=days)
            for version in layout.folders(filesystem, layout.model_folder(root, model), "version="):
                for day in layout.folders(filesystem, version, "date="):
                    if layout.day_of(day) < first:
                        filesystem.delete_dir(day)
                        logger.info("%s is older than %d days and was removed", day, days)
            # What was added then is true of requests that came before, whose rows are gone.
            for truth in log_files.of_truth(filesystem, root, model):
                if layout.added_at(truth).date() < first:
                    filesystem.delete_file(truth)
                    logger.info("%s is older than %d days and was removed", truth, days)


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

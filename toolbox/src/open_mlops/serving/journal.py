"""What was logged and is not in the bucket yet: lines in files of this machine.

A line is written by one system call before the prediction is answered, so the kernel has it when the process
is killed. It is not synced to the disk: a machine that loses power loses the last seconds.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
import uuid
from pathlib import Path

#: A segment that holds this much is closed, and what follows goes into another.
SEGMENT_BYTES = 8 * 2**20
#: With this much waiting nothing more is taken: the bucket has been away for long, and the disk is for
#: others too.
LIMIT_BYTES = 2**30


class Journal:
    """Segments in a folder. One process appends to one of them, and locks it for as long as it lives."""

    def __init__(self, folder: Path, limit: int = LIMIT_BYTES):
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._file: int | None = None
        self._size = 0
        self._torn = False
        folder.mkdir(parents=True, exist_ok=True)
        self._waiting = sum(path.stat().st_size for path in folder.glob("*.jsonl"))

    def append(self, line: bytes) -> None:
        """Writes one line without its end. OSError when it could not be written whole."""
        with self._lock:
            if self._waiting > self._limit:
                raise OSError(f"{self._waiting} bytes wait for the bucket, {self._limit} are allowed")
            if self._file is None or self._size > SEGMENT_BYTES:
                self._open()
            assert self._file is not None
            # What half a line has left behind ends before this one.
            data = b"\n" + line + b"\n" if self._torn else line + b"\n"
            self._torn = True
            written = os.write(self._file, data)
            self._size += written
            self._waiting += written
            if written < len(data):
                raise OSError(f"{written} of {len(data)} bytes were written")
            self._torn = False

    def seal(self) -> None:
        """Closes the segment that is written to, so that `sealed` has it."""
        with self._lock:
            self._close()

    def sealed(self) -> list[Path]:
        """Segments that nobody writes to any more, the oldest first, also those of processes that were
        killed.
        """
        return [path for path in sorted(self._folder.glob("*.jsonl")) if _free(path)]

    def remove(self, segment: Path) -> None:
        """Forgets a segment whose rows are durable elsewhere."""
        size = segment.stat().st_size
        segment.unlink()
        with self._lock:
            self._waiting -= size

    def _open(self) -> None:
        path = self._folder / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.jsonl"
        # Locked before it has the name by which others find it.
        unnamed = path.with_suffix(".new")
        file = os.open(unnamed, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.rename(unnamed, path)
        self._close()
        self._file, self._size = file, 0

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file, self._torn = None, False


def _free(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(file)

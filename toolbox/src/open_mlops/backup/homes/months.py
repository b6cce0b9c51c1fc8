"""Where homes are kept: `<claim>/<month>/`, each a repository of restic's that nothing is taken out of.

restic writes a block once and counts on it in later copies, so a lock of some days on each object would let
go of blocks that newer copies need. A month is short enough that all of its objects can be locked until the
time of its last copy is over: for 31 days and the days that copies are kept. A new month takes over the
last copy from the one before, inside the bucket.
"""

from __future__ import annotations

from collections.abc import Set
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from ..store import BackupError
from .repository import Copy, Repository

MONTH = "%Y-%m"


class Months:
    def __init__(self, client: Any, bucket: str) -> None:
        self.client, self.bucket = client, bucket

    def homes(self) -> list[str]:
        """Every home that something was written of."""
        return self._folders("")

    def months(self, home: str) -> list[str]:
        """Those whose repository is whole, oldest first: its configuration is written last."""
        return [month for month in self._folders(f"{home}/") if self._is_there(f"{home}/{month}/config")]

    def repository(self, home: str, month: str) -> Repository:
        return Repository(self.bucket, home, month)

    def this_month(self, home: str, now: datetime) -> Repository:
        """The repository that copies are written to now. A new one begins with the last copy of the last.

        Where the last one is damaged the new one begins with nothing, and the whole volume is read again.
        """
        month, months = now.strftime(MONTH), self.months(home)
        repository = self.repository(home, month)
        earlier, last = self._last([each for each in months if each < month], home)
        if month not in months:
            # A killed run has left a key without a configuration, which opens nothing and is in the way.
            self._remove(f"{home}/{month}/keys/")
            repository.make(earlier)
        if earlier and last and not repository.copies():
            with suppress(BackupError):
                repository.take_over(earlier, last)
        return repository

    def _last(self, months: list[str], home: str) -> tuple[Repository | None, Copy | None]:
        """The last of these months that can be read, with its last copy."""
        for month in reversed(months):
            with suppress(BackupError):
                repository = self.repository(home, month)
                return repository, next(iter(repository.copies()[::-1]), None)
        return None, None

    def copies(self, home: str) -> list[Copy]:
        """Oldest first. A copy that a month has taken over is told once."""
        found = [copy for month in self.months(home) for copy in self.repository(home, month).copies()]
        return sorted({copy.time: copy for copy in found}.values(), key=lambda copy: copy.time)

    def newest(self, home: str, at: str | None = None) -> Copy:
        """The newest copy, or the newest that is not younger than a time."""
        months = self.months(home)
        for month in reversed(months):
            if at and month.replace("-", "") > at[:6]:
                continue
            copies = self.repository(home, month).copies()
            fitting = [copy for copy in copies if at is None or copy.time <= at]
            if fitting:
                return fitting[-1]
        there = f"there is something of {', '.join(months)}" if months else "there is none at all"
        raise BackupError(f"no copy of {home}{f' at {at} or before' if at else ''}: {there}")

    def prune(self, home: str, keep_days: int, now: datetime, claims: Set[str]) -> list[str]:
        """Removes months that ended longer ago: of a home that is there, only where a newer one has a copy.

        The configuration goes first, so that a month of which a killed run has left some counts for nothing.
        """
        gone = []
        for month in self._folders(f"{home}/"):
            over = _end(month) + timedelta(days=keep_days) < now
            if not over or (home in claims and not self._newer(home, month)):
                continue
            if self._remove(f"{home}/{month}/config") + self._remove(f"{home}/{month}/"):
                gone.append(month)
        return gone

    def _newer(self, home: str, month: str) -> bool:
        return any(self.repository(home, each).copies() for each in self.months(home) if each > month)

    def _folders(self, prefix: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, Delimiter="/"
        )
        found = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])]
        return sorted(each.removeprefix(prefix).rstrip("/") for each in found)

    def _is_there(self, key: str) -> bool:
        said = self.client.list_objects_v2(Bucket=self.bucket, Prefix=key, MaxKeys=1)
        return any(each["Key"] == key for each in said.get("Contents", []))

    def _remove(self, prefix: str) -> int:
        """Takes names away, and counts them; a lock keeps the versions."""
        count = 0
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for each in page.get("Contents", []):
                self.client.delete_object(Bucket=self.bucket, Key=each["Key"])
                count += 1
        return count


def _end(month: str) -> datetime:
    """The moment after a month."""
    try:
        begun = datetime.strptime(month, MONTH).replace(tzinfo=UTC)
    except ValueError as error:
        raise BackupError(f"{month!r} is no month; remove from the bucket what is not its own") from error
    return (begun + timedelta(days=31)).replace(day=1)

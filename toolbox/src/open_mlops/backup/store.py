"""Where dumps are kept: `databases/<database>/<UTC time>.dump`, each with a manifest, written after it.

A dump is there when its manifest is: what an interrupted job has left behind counts for nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from boto3.s3.transfer import TransferConfig

ROOT = "databases/"
TIME = "%Y%m%dT%H%M%SZ"
#: Parts of 16 MiB: S3 takes 10,000, so a dump has up to 156 GiB. Two at a time need little memory.
TRANSFER = TransferConfig(multipart_threshold=16 << 20, multipart_chunksize=16 << 20, max_concurrency=2)


class BackupError(Exception):
    """What went wrong, with the remedy."""


@dataclass(frozen=True)
class Table:
    #: Of all rows, whatever their order.
    rows: int
    checksum: str


@dataclass(frozen=True)
class Manifest:
    database: str
    #: UTC, as the names of objects have it.
    time: str
    bytes: int
    sha256: str
    server: str
    client: str
    #: By `schema.table`.
    tables: dict[str, Table]

    @property
    def key(self) -> str:
        return key_of(self.database, self.time, "dump")


def key_of(database: str, time: str, ending: str) -> str:
    return f"{ROOT}{database}/{time}.{ending}"


class Counted:
    """A stream that is counted and hashed as it is read."""

    def __init__(self, source: IO[bytes] | Any) -> None:
        self.source, self.bytes, self.hash = source, 0, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.source.read(size)
        self.bytes += len(data)
        self.hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self.hash.hexdigest()


class Store:
    def __init__(self, client: Any, bucket: str) -> None:
        self.client, self.bucket = client, bucket

    def write(self, key: str, stream: Any) -> None:
        """Uploads a stream as it comes. Where reading it fails, nothing of it is left."""
        self.client.upload_fileobj(stream, self.bucket, key, Config=TRANSFER)

    def finish(self, manifest: Manifest) -> None:
        body = json.dumps(asdict(manifest), indent=1).encode()
        key = key_of(manifest.database, manifest.time, "json")
        self.client.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")

    def open(self, manifest: Manifest) -> Counted:
        return Counted(self.client.get_object(Bucket=self.bucket, Key=manifest.key)["Body"])

    def times(self, database: str) -> list[str]:
        """When it was dumped, oldest first: dumps that have a manifest."""
        names = [key.rsplit("/", 1)[1] for key in self._keys(database)]
        return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))

    def manifest(self, database: str, time: str) -> Manifest:
        body = self.client.get_object(Bucket=self.bucket, Key=key_of(database, time, "json"))["Body"].read()
        said = json.loads(body)
        said["tables"] = {name: Table(**table) for name, table in said["tables"].items()}
        return Manifest(**said)

    def newest(self, database: str, at: str | None = None) -> Manifest:
        """The newest dump, or the newest that is not younger than a time."""
        times = self.times(database)
        fitting = [time for time in times if at is None or time <= at]
        if not fitting:
            there = f"the oldest is of {times[0]}" if times else "there is none at all"
            raise BackupError(f"no dump of {database}{f' at {at} or before' if at else ''}: {there}")
        return self.manifest(database, fitting[-1])

    def prune(self, database: str, keep_days: int, now: datetime) -> list[str]:
        """Removes what is older, but never the newest dump. A lock keeps versions whose names are gone."""
        oldest = (now - timedelta(days=keep_days)).strftime(TIME)
        newest = (self.times(database) or [""])[-1]
        gone = []
        for key in self._keys(database):
            time = key.rsplit("/", 1)[1].split(".")[0]
            if time < min(oldest, newest):
                self.client.delete_object(Bucket=self.bucket, Key=key)
                gone.append(key)
        return gone

    def _keys(self, database: str) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{ROOT}{database}/"
        )
        return [each["Key"] for page in pages for each in page.get("Contents", [])]


def utc_time(text: str) -> str:
    """A time in ISO 8601 as names of objects have it. Without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BackupError(f"{text!r} is no time; use one like 2026-11-21T02:30") from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.strftime(TIME)

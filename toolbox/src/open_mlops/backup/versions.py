"""What somebody has removed or written over in a locked bucket: its versions are still there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from .store import TRANSFER

#: restic's own, which come and go with each copy.
PASSING = "/locks/"


def bring_back(client: Any, bucket: str) -> Iterator[str]:
    """Gives names their first version again, and tells them. Every object of these buckets is written once.

    What was removed because its time was over comes back too, if it is there, and goes with the next night.
    """
    first: dict[str, tuple[datetime, str]] = {}
    shown: dict[str, str] = {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in page.get("Versions", []):
            key, written, version = each["Key"], each["LastModified"], each["VersionId"]
            if each["IsLatest"]:
                shown[key] = version
            # Of two of one second the later in the list is the older.
            if key not in first or written <= first[key][0]:
                first[key] = (written, version)
    for key, (_, version) in first.items():
        if PASSING in key or shown.get(key) == version or _same(client, bucket, key, version):
            continue
        # Through here, and not copied by the store: into a locked bucket not every store copies.
        body = client.get_object(Bucket=bucket, Key=key, VersionId=version)["Body"]
        client.upload_fileobj(body, bucket, key, Config=TRANSFER)
        yield key


def _same(client: Any, bucket: str, key: str, version: str) -> bool:
    """Whether a name shows what its first version has. By KMS nobody can tell: it is written once more."""
    found = client.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get("Contents", [])
    then = client.head_object(Bucket=bucket, Key=key, VersionId=version)
    return any(each["Key"] == key and each["ETag"] == then["ETag"] for each in found)

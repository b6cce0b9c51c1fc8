"""`python -m open_mlops.backup dump | list | restore | drill | undelete`: databases, to a bucket and back.

Reads the variables of `open_mlops.databases` without the users' passwords, BACKUP_BUCKET, what S3 clients
read, and for `dump` BACKUP_KEEP_DAYS. Each line of the output is a JSON object: {"event": ...}. Exit codes:
0 done, 1 failed, 2 wrong variables.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import boto3
import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from ..databases import Settings, SettingsError, Wanted, read_settings
from .dump import dump
from .restore import administration, drill, drop_replaced, restore
from .store import BackupError, Manifest, Store, utc_time
from .versions import bring_back

FAILURES = (BackupError, psycopg2.Error, BotoCoreError, ClientError, OSError)


def say(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


def about(manifest: Manifest) -> dict[str, Any]:
    tables = manifest.tables.values()
    facts = {key: value for key, value in asdict(manifest).items() if key != "tables"}
    return {**facts, "tables": len(tables), "rows": sum(table.rows for table in tables)}


def run_dump(settings: Settings, store: Store, keep_days: int) -> bool:
    """Dumps every database, also after one has failed; what is old is removed after a new dump alone."""
    well = True
    for wanted in settings.wanted:
        try:
            manifest = dump(settings, wanted, store)
            say("dumped", **about(manifest))
            now = datetime.now(UTC)
            for key in store.prune(wanted.name, keep_days, now):
                say("removed", key=key)
            with administration(settings) as admin:
                for name in drop_replaced(admin, wanted, now):
                    say("dropped", database=name)
        except FAILURES as error:
            well = False
            say("failed", database=wanted.name, reason=str(error).strip())
    return well


def run_list(store: Store, wanted: Sequence[Wanted]) -> bool:
    for each in wanted:
        for time in store.times(each.name):
            say("dump", **about(store.manifest(each.name, time)))
    return True


def run_restore(settings: Settings, store: Store, wanted: Sequence[Wanted], at: str | None) -> bool:
    """Restores in turn. All dumps are found before anything is touched."""
    manifests = [(each, store.newest(each.name, at)) for each in wanted]
    with administration(settings) as admin:
        for each, manifest in manifests:
            say("restoring", **about(manifest))
            kept = restore(settings, admin, each, store, manifest)
            say("restored", **about(manifest), replaced=kept)
    return True


def run_drill(settings: Settings, store: Store, wanted: Sequence[Wanted]) -> bool:
    """Tries every database's newest dump, also after one has failed."""
    well = True
    with administration(settings) as admin:
        for each in wanted:
            try:
                manifest = store.newest(each.name)
                drill(settings, admin, each, store, manifest)
                say("proved", **about(manifest))
            except FAILURES as error:
                well = False
                say("failed", database=each.name, reason=str(error).strip())
    return well


def run_undelete(client: Any, bucket: str) -> bool:
    for key in bring_back(client, bucket):
        say("undeleted", key=key)
    return True


def chosen(settings: Settings, names: Sequence[str]) -> list[Wanted]:
    known = [wanted.name for wanted in settings.wanted]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BackupError(f"no database {', '.join(unknown)}; there are {', '.join(known)}")
    return [wanted for wanted in settings.wanted if not names or wanted.name in names]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="open_mlops.backup")
    parser.add_argument("command", choices=["dump", "list", "restore", "drill", "undelete"])
    parser.add_argument("--database", action="append", default=[], help="default: all")
    parser.add_argument("--at", help="restore what was dumped at this time, or last before it")
    given = parser.parse_args(arguments)
    missing = [name for name in ("BACKUP_BUCKET",) if not os.environ.get(name)]
    keep_days = os.environ.get("BACKUP_KEEP_DAYS", "")
    problems = [f"{name} is not set" for name in missing]
    if given.command == "dump" and not (keep_days.isdigit() and int(keep_days) > 0):
        problems.append(f"BACKUP_KEEP_DAYS is {keep_days!r}; use a number of days")
    try:
        settings = read_settings(os.environ, passwords=False)
    except SettingsError as error:
        problems.append(str(error))
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 2
    try:
        client = boto3.client("s3", region_name=os.environ.get("AWS_REGION"))
        store = Store(client, os.environ["BACKUP_BUCKET"])
        wanted = chosen(settings, given.database)
        well = {
            "dump": lambda: run_dump(settings, store, int(keep_days)),
            "list": lambda: run_list(store, wanted),
            "restore": lambda: run_restore(settings, store, wanted, given.at and utc_time(given.at)),
            "drill": lambda: run_drill(settings, store, wanted),
            "undelete": lambda: run_undelete(client, store.bucket),
        }[given.command]()
    except FAILURES as error:
        say("failed", reason=str(error).strip())
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

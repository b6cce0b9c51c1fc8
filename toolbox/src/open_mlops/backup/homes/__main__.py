"""`python -m open_mlops.backup.homes copy | list | restore | drill | undelete`: homes, to a bucket and back.

Asks the cluster for a job beside each home; `list` and `drill` read the bucket alone. Reads BACKUP_BUCKET,
what S3 clients read, HOMES and HOME_TEMPLATE, and for `copy` BACKUP_KEEP_DAYS. Each line of the output is a
JSON object: {"event": ...}. Exit codes: 0 done, 1 failed, 2 wrong variables.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ..store import BackupError, utc_time
from ..versions import bring_back
from .beside import AT_ONCE, Work, run_beside
from .cluster import API_FAILURES, Cluster, connect
from .months import Months
from .repository import Copy, check_program

FAILURES = (BackupError, BotoCoreError, ClientError, OSError, *API_FAILURES)


def say(said: dict[str, Any]) -> None:
    print(json.dumps(said), flush=True)


def run_copy(
    cluster: Cluster, months: Months, homes: Sequence[str], keep_days: int, every: float = 3.0
) -> bool:
    """Copies every home, also after one has failed. Months whose time is over go only when all went well."""
    claims = cluster.claims()
    wanted = [claim for claim in claims if not homes or claim.name in homes or claim.user in homes]
    work = [
        Work(each.name, each.user, ["copy", "--home", each.name, "--user", each.user, "--size", each.size])
        for each in wanted
    ]
    if not run_beside(cluster, work, say, every):
        return False
    names, now = {claim.name for claim in claims}, datetime.now(UTC)
    for home in months.homes():
        for month in months.prune(home, keep_days, now, names):
            say({"event": "removed", "home": home, "month": month})
    return True


def run_list(months: Months, homes: Sequence[str]) -> bool:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for copies in pool.map(months.copies, months.homes()):
            for copy in copies:
                if not homes or copy.home in homes or copy.user in homes:
                    say({"event": "copy", **asdict(copy)})
    return True


def run_restore(
    cluster: Cluster, months: Months, homes: Sequence[str], at: str | None, every: float = 3.0
) -> bool:
    """Restores homes. All copies are found before anything is touched. A home that has no claim gets one."""
    wanted = chosen(months, homes, at)
    there = {claim.name for claim in cluster.claims()}
    for copy in wanted:
        say({"event": "restoring", **asdict(copy)})
        if copy.home not in there:
            cluster.make_claim(copy)
    work = [
        Work(
            copy.home,
            copy.user,
            ["restore", "--home", copy.home, "--month", copy.month, "--snapshot", copy.snapshot],
        )
        for copy in wanted
    ]
    return run_beside(cluster, work, say, every)


def run_undelete(client: Any, bucket: str) -> bool:
    for key in bring_back(client, bucket):
        say({"event": "undeleted", "key": key})
    return True


def run_drill(months: Months, homes: Sequence[str]) -> bool:
    """Reads every home's newest copy to the end of its last file, also after one has failed."""
    well = True
    with ThreadPoolExecutor(2) as pool:
        for said in pool.map(lambda home: tried(months, home), months.homes()):
            if not homes or said["home"] in homes or said.get("user") in homes:
                say(said)
                well = well and said["event"] == "proved"
    return well


def tried(months: Months, home: str) -> dict[str, Any]:
    try:
        copy = months.newest(home)
        found = months.repository(home, copy.month).read(copy)
        if found != (copy.files, copy.bytes):
            raise BackupError(
                f"the copy of {copy.time} has {found[0]} files and {found[1]} bytes, "
                f"and {copy.files} and {copy.bytes} were written"
            )
        return {"event": "proved", **asdict(copy)}
    except FAILURES as error:
        return {"event": "failed", "home": home, "reason": str(error).strip()}


def chosen(months: Months, homes: Sequence[str], at: str | None) -> list[Copy]:
    """The copies to restore: of the homes of these claims or people, or of all."""
    everybody = months.homes()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        if not homes:
            return list(pool.map(lambda home: months.newest(home, at), everybody))
        found = list(pool.map(lambda home: owner(months, home), everybody))
        users = {home: user for home, user in zip(everybody, found, strict=True) if user is not None}
        wanted = [home for home in everybody if {home, users.get(home)} & set(homes)]
        if unknown := set(homes) - set(wanted) - set(users.values()):
            unread = [home for home in everybody if home not in users]
            known = ", ".join(sorted(set(users.values()))) or "none"
            raise BackupError(
                f"no home of {', '.join(sorted(unknown))}; there are {known}"
                + (f", and of {', '.join(unread)} nothing can be read" if unread else "")
            )
        return list(pool.map(lambda home: months.newest(home, at), wanted))


def owner(months: Months, home: str) -> str | None:
    """Whose a home is; None where no copy of it can be read."""
    try:
        return months.newest(home).user
    except BackupError:
        return None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="open_mlops.backup.homes")
    parser.add_argument("command", choices=["copy", "list", "restore", "drill", "undelete"])
    parser.add_argument("--home", action="append", default=[], help="a person or a claim; default: all")
    parser.add_argument("--at", help="restore what was copied at this time, or last before it")
    given = parser.parse_args(arguments)
    clustered = given.command in ("copy", "restore")
    needed = ["BACKUP_BUCKET", *(["HOMES", "HOME_TEMPLATE"] if clustered else [])]
    problems = [f"{name} is not set" for name in needed if not os.environ.get(name)]
    keep_days = os.environ.get("BACKUP_KEEP_DAYS", "")
    if given.command == "copy" and not (keep_days.isdigit() and int(keep_days) > 0):
        problems.append(f"BACKUP_KEEP_DAYS is {keep_days!r}; use a number of days")
    if problems:
        print("\n".join(problems), file=sys.stderr)
        return 2
    try:
        check_program()
        client = boto3.client("s3", region_name=os.environ.get("AWS_REGION"))
        months = Months(client, os.environ["BACKUP_BUCKET"])
        at = given.at and utc_time(given.at)
        if given.command == "copy":
            well = run_copy(connect(), months, given.home, int(keep_days))
        elif given.command == "restore":
            well = run_restore(connect(), months, given.home, at)
        elif given.command == "undelete":
            well = run_undelete(client, months.bucket)
        elif given.command == "list":
            well = run_list(months, given.home)
        else:
            well = run_drill(months, given.home)
    except FAILURES as error:
        say({"event": "failed", "reason": str(error).strip()})
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m open_mlops.backup.homes.volume copy | restore`: in a pod with a home at HOME_VOLUME.

What came of it is one JSON object, as a line of the output and as the container's last message.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import stat
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ..store import BackupError
from .months import Months
from .repository import Copy, check_program

#: What is not copied: the file system's own, what programs make again, and what a killed restore has left.
EXCLUDED = ("lost+found", ".cache", ".restoring-*")
FAILURES = (BackupError, BotoCoreError, ClientError, OSError)


def copy(months: Months, folder: Path, home: str, user: str, size: str) -> dict[str, Any]:
    """Copies a home as it is: nothing in it is held still, and nothing is written to it."""
    written = months.this_month(home, datetime.now(UTC)).write(str(folder), user, size, EXCLUDED)
    examples = [each[:150] for each in written.left_out[:3]]
    facts = {"added": written.added, "left_out": len(written.left_out), "for_example": examples}
    return {"event": "copied", **asdict(written.copy), **facts}


def restore(months: Months, folder: Path, home: str, month: str, snapshot: str) -> dict[str, Any]:
    """Puts a copy into a home: as it was if the home is empty, and into a folder of its own if it is not.

    Files are written beside, compared and counted before they get their names. None is written over.
    """
    finish(folder)
    repository = months.repository(home, month)
    [wanted] = [each for each in repository.copies() if each.snapshot == snapshot]
    for left in folder.glob(".restoring-*"):
        shutil.rmtree(left)
    free = shutil.disk_usage(folder).free
    if free < wanted.bytes:
        raise BackupError(
            f"{home} has {free} bytes left and the copy needs {wanted.bytes}; make room, or enlarge its claim"
        )
    empty = not any(folder.iterdir()) or {each.name for each in folder.iterdir()} == {"lost+found"}
    filling = folder / f".restoring-{wanted.time}"
    repository.restore(wanted, repository.folder(wanted), str(filling))
    compare(wanted, filling)
    os.sync()
    if empty:
        # From here on a run that is killed is brought to its end by the next.
        filling.rename(folder / f".moving-{wanted.time}")
        finish(folder)
        into = "."
    else:
        into = unused(folder, f"restored-{wanted.time}")
        filling.rename(folder / into)
    return {"event": "restored", **asdict(wanted), "into": into}


def compare(wanted: Copy, folder: Path) -> None:
    files = [each for at, _, names in os.walk(folder) for name in names if (each := regular(Path(at) / name))]
    found = (len(files), sum(each.st_size for each in files))
    if found != (wanted.files, wanted.bytes):
        raise BackupError(
            f"{wanted.home} of {wanted.time} was restored with {found[0]} files and {found[1]} bytes, "
            f"and {wanted.files} and {wanted.bytes} were copied"
        )


def regular(path: Path) -> os.stat_result | None:
    found = path.lstat()
    return found if stat.S_ISREG(found.st_mode) else None


def finish(folder: Path) -> None:
    """Moves up what was restored into an empty home, entry by entry; what is there by now stays."""
    for moving in folder.glob(".moving-*"):
        for entry in list(moving.iterdir()):
            if not os.path.lexists(folder / entry.name):
                entry.rename(folder / entry.name)
        if any(moving.iterdir()):
            moving.rename(folder / unused(folder, moving.name.replace(".moving-", "restored-")))
        else:
            moving.rmdir()


def unused(folder: Path, name: str) -> str:
    names = [name, *(f"{name}-{number}" for number in range(2, 100))]
    return next(each for each in names if not os.path.lexists(folder / each))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="open_mlops.backup.homes.volume")
    parser.add_argument("command", choices=["copy", "restore"])
    parser.add_argument("--home", required=True, help="the volume's claim")
    parser.add_argument("--user", default="", help="whose it is, for copy")
    parser.add_argument("--size", default="", help="of the volume, for copy")
    parser.add_argument("--month", default="", help="for restore")
    parser.add_argument("--snapshot", default="", help="for restore")
    given = parser.parse_args(arguments)
    folder = Path(os.environ["HOME_VOLUME"])
    months = Months(boto3.client("s3", region_name=os.environ.get("AWS_REGION")), os.environ["BACKUP_BUCKET"])
    try:
        check_program()
        said = (
            copy(months, folder, given.home, given.user, given.size)
            if given.command == "copy"
            else restore(months, folder, given.home, given.month, given.snapshot)
        )
    except FAILURES as error:
        reason = str(error).strip()[:800]
        said = {"event": "failed", "home": given.home, "user": given.user, "reason": reason}
    # Of a container's last message Kubernetes keeps 4096 bytes.
    line = json.dumps(said, ensure_ascii=False)
    print(line, flush=True)
    message = os.environ.get("HOME_MESSAGE")
    if message:
        Path(message).write_text(line, encoding="utf-8")
    return 1 if said["event"] == "failed" else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

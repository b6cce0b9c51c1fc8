"""restic, which copies homes. Its keys are in its environment and never on its command line."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import boto3

from ..store import TIME, BackupError

#: A password would be lost with the cluster. Who may read the bucket may read the homes, as with dumps.
NO_PASSWORD, FROM_NO_PASSWORD = "--insecure-no-password", "--from-insecure-no-password"
#: restic says by this exit code that it has copied all but some files.
INCOMPLETE = 3
#: Errors of single files that are facts of a home in use, and no failure of a copy.
FACTS = ("permission denied", "no such file or directory")


@dataclass(frozen=True)
class Copy:
    """A home as it was at one time."""

    #: The volume's claim.
    home: str
    #: Whose it is.
    user: str
    #: UTC, as the names of dumps have it.
    time: str
    #: The month whose repository it is in, such as `2026-11`.
    month: str
    snapshot: str
    #: Of the volume, as a claim asks for it.
    size: str
    #: Regular files, and bytes in them.
    files: int
    bytes: int


@dataclass(frozen=True)
class Written:
    copy: Copy
    #: Bytes that the bucket has more.
    added: int
    #: Files that could not be read, or were gone before they were: not in the copy.
    left_out: list[str]


class Repository:
    """One month of a home's copies. What was written into it is never changed and never removed."""

    def __init__(self, bucket: str, home: str, month: str) -> None:
        self.home, self.month = home, month
        region = os.environ.get("AWS_REGION", "us-east-1")
        store = os.environ.get("AWS_ENDPOINT_URL_S3") or f"https://s3.{region}.amazonaws.com"
        self.address = f"s3:{store.rstrip('/')}/{bucket}/{home}/{month}"
        self.options = ["--option", f"s3.region={region}"]

    def make(self, like: Repository | None) -> None:
        """Makes it, with files cut where another one cuts them, so that what it has can be taken over."""
        other = [FROM_NO_PASSWORD, "--from-repo", like.address] if like else []
        self._run("init", *(["--copy-chunker-params", *other] if other else []))

    def take_over(self, other: Repository, copy: Copy) -> None:
        """Takes a copy over from another repository, from the bucket and not from the volume."""
        self._run("copy", FROM_NO_PASSWORD, "--from-repo", other.address, copy.snapshot)

    def write(self, folder: str, user: str, size: str, excluded: Sequence[str]) -> Written:
        """Copies a folder. The copy is there when its snapshot is, which is written last."""
        code, said, reasons, errors = self._call(
            "backup",
            *["--host", self.home, "--tag", f"user={quote(user, safe='@')}", "--tag", f"size={size}"],
            # Slow and sure: it reads on the node and the volume that somebody may be working on.
            *["--read-concurrency", "1"],
            *[option for each in excluded for option in ("--exclude", f"{folder}/{each}")],
            folder,
        )
        failed = [each for each in errors if not any(fact in each for fact in FACTS)]
        if code not in (0, INCOMPLETE) or failed:
            raise self._error("backup", code, failed or reasons)
        summary = next(each for each in said if each.get("message_type") == "summary")
        [copy] = [each for each in self.copies() if each.snapshot == summary["snapshot_id"]]
        return Written(copy, int(summary["data_added_packed"]), errors)

    def copies(self) -> list[Copy]:
        """Oldest first."""
        [found] = self._run("snapshots", "--no-lock")
        return sorted((self._copy(each) for each in found), key=lambda copy: copy.time)

    def read(self, copy: Copy) -> tuple[int, int]:
        """Reads each file of a copy to its end, and counts files and bytes. restic compares each SHA-256."""
        nodes = [each for each in self._run("ls", "--no-lock", copy.snapshot) if each.get("type") == "file"]
        read = 0
        with (
            self._started("dump", "--no-lock", "--archive", "tar", copy.snapshot, "/") as process,
            tarfile.open(fileobj=process.stdout, mode="r|") as archive,
        ):
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                while content and (block := content.read(1 << 20)):
                    read += len(block)
        return len(nodes), read

    def restore(self, copy: Copy, folder: str, target: str) -> None:
        """Writes what was copied from `folder` into `target`, and compares what is there then."""
        self._run("restore", "--no-lock", "--verify", "--target", target, f"{copy.snapshot}:{folder}")

    def folder(self, copy: Copy) -> str:
        """The folder that was copied."""
        [found] = self._run("snapshots", "--no-lock", copy.snapshot)
        return str(found[0]["paths"][0])

    def _copy(self, said: dict[str, Any]) -> Copy:
        tags = dict(tag.split("=", 1) for tag in said.get("tags") or [] if "=" in tag)
        return Copy(
            home=self.home,
            user=unquote(tags.get("user", "")),
            time=datetime.fromisoformat(said["time"]).astimezone(UTC).strftime(TIME),
            month=self.month,
            snapshot=said["id"],
            size=tags.get("size", ""),
            files=int(said["summary"]["total_files_processed"]),
            bytes=int(said["summary"]["total_bytes_processed"]),
        )

    def _run(self, command: str, *args: str) -> list[Any]:
        code, said, reasons, _ = self._call(command, *args)
        if code != 0:
            raise self._error(command, code, reasons)
        return said

    def _call(self, command: str, *args: str) -> tuple[int, list[Any], list[str], list[str]]:
        """Its exit code, what it says, all that it says of errors, and those of single files."""
        done = subprocess.run(self._command(command, *args), env=_env(), capture_output=True, text=True)
        said = [each for line in done.stdout.splitlines() if (each := _json(line)) is not None]
        lines = [line for line in done.stderr.splitlines() if line]
        of_files = [line for line in lines if (_json(line) or {}).get("message_type") == "error"]
        return done.returncode, said, [_reason(line) for line in lines], [_reason(line) for line in of_files]

    @contextmanager
    def _started(self, command: str, *args: str) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen(
            self._command(command, *args), env=_env(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout and process.stderr
            broken: list[str] = []
            try:
                yield process
            except tarfile.TarError as error:
                broken = [f"no whole archive: {error}"]  # where it has ended too early it says why itself
            except BaseException:
                process.kill()
                raise
            while process.stdout.read(1 << 20):
                pass  # to its end, or it would wait for a reader
            said = [_reason(line) for line in process.stderr.read().decode().splitlines()]
            if process.wait() != 0 or broken:
                raise self._error(command, process.returncode, [*broken, *said])

    def _command(self, command: str, *args: str) -> list[str]:
        return ["restic", command, "--json", NO_PASSWORD, *self.options, "--repo", self.address, *args]

    def _error(self, command: str, code: int, reasons: Sequence[str]) -> BackupError:
        said = "; ".join(reasons[-5:])[-1500:]
        return BackupError(f"restic {command} of {self.home} in {self.month} failed ({code}): {said}")


def _json(line: str) -> Any:
    """None where it is none: `copy` speaks to people alone."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def _reason(line: str) -> str:
    """What a line of errors says, which may be JSON of two kinds."""
    said = _json(line)
    if not isinstance(said, dict):
        return line
    error = said.get("error") or {}
    text = said.get("message") or (error.get("message") if isinstance(error, dict) else error)
    return str(text or line).strip()


def _env() -> dict[str, str]:
    env = dict(os.environ)
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" in env:
        # EKS' agent on the node, which not every restic knows. These keys last for six hours, as a job does.
        credentials = boto3.Session().get_credentials()
        if credentials is None:
            raise BackupError("the node's agent gives no keys; the service account has no association")
        keys = credentials.get_frozen_credentials()
        env |= {"AWS_ACCESS_KEY_ID": str(keys.access_key), "AWS_SECRET_ACCESS_KEY": str(keys.secret_key)}
        env["AWS_SESSION_TOKEN"] = str(keys.token)
    return env


def check_program() -> None:
    """@raises BackupError where there is no restic, or one that is too old"""
    try:
        said = subprocess.run(["restic", "version"], check=True, capture_output=True, text=True).stdout
    except FileNotFoundError as error:
        raise BackupError("restic is not there; use an image that has it") from error
    version = said.split()[1]
    if tuple(int(part) for part in version.split(".")[:2]) < (0, 17):
        raise BackupError(f"restic is {version}; use an image with 0.17 or later")

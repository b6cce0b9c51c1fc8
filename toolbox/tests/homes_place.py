"""What copies of homes are tested at: folders, a locked bucket of a real S3 server, restic, and the jobs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from backup_place import KEEP_DAYS, client, s3
from conftest import Server

from open_mlops.backup.homes.months import Months
from open_mlops.backup.homes.repository import check_program
from open_mlops.backup.store import BackupError

__all__ = ["place", "s3"]
BUCKET = "homes"
#: As `constructs/foundation/backup` asks for: a month, and the days that copies are kept.
LOCKED_DAYS = 31 + KEEP_DAYS


@dataclass
class HomesPlace:
    env: dict[str, str]
    client: Any
    #: A person's home.
    home: Path
    months: Months

    def start(self, *args: str, home: Path | None = None, **env: str) -> subprocess.Popen[str]:
        """The job beside a home."""
        command = [sys.executable, "-m", "open_mlops.backup.homes.volume", *args, "--home", "claim-ada"]
        return subprocess.Popen(
            command,
            env={**self.env, **env, "HOME_VOLUME": str(home or self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def job(self, *args: str, home: Path | None = None, code: int = 0, **env: str) -> dict[str, Any]:
        process = self.start(*args, home=home, **env)
        out, err = process.communicate(timeout=100)
        assert process.returncode == code, out + err
        [line] = out.splitlines()
        said = json.loads(line)
        assert isinstance(said, dict)
        return said

    def copy(self, **env: str) -> dict[str, Any]:
        return self.job("copy", "--user", "ada, Countess", "--size", "10Gi", **env)

    def restore(self, copied: dict[str, Any], home: Path | None = None, code: int = 0) -> dict[str, Any]:
        chosen = ["--month", copied["month"], "--snapshot", copied["snapshot"]]
        return self.job("restore", *chosen, home=home, code=code)

    def manager(self, *args: str, code: int = 0) -> list[dict[str, Any]]:
        """The job that reads the bucket."""
        command = [sys.executable, "-m", "open_mlops.backup.homes", *args]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=100)
        assert done.returncode == code, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def objects(self, prefix: str = "") -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]


@pytest.fixture
def place(s3: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HomesPlace]:
    """A person's home with something in it, and a bucket with a lock."""
    if shutil.which("restic") is None:
        pytest.skip("no restic on this machine; install 0.17 or later")
    try:
        check_program()
    except BackupError as error:
        pytest.skip(str(error))
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "cache"),
        "NO_PROXY": "127.0.0.1",
        "BACKUP_BUCKET": BUCKET,
        "BACKUP_KEEP_DAYS": str(KEEP_DAYS),
        "AWS_ENDPOINT_URL_S3": s3.address,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    home = tmp_path / "home"
    fill(home)
    store = client(env)
    store.create_bucket(
        Bucket=BUCKET,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    store.put_object_lock_configuration(
        Bucket=BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": LOCKED_DAYS}},
        },
    )
    yield HomesPlace(env, store, home, Months(store, BUCKET))
    httpx.post(f"{s3.address}/moto-api/reset", trust_env=False)


def fill(home: Path) -> None:
    """What homes have: odd names, hidden files, links, empty folders, a private key, a cache."""
    for folder in ("work/Käfer \U0001f680", ".ssh", ".cache/pip", "lost+found", "empty"):
        (home / folder).mkdir(parents=True)
    (home / "work/Käfer \U0001f680/a.ipynb").write_text('{"cells": []}')
    (home / "work/numbers.bin").write_bytes(os.urandom(3_000_000))
    (home / ".ssh/id").write_text("private")
    (home / ".ssh/id").chmod(0o600)
    (home / ".cache/pip/wheel").write_bytes(b"x" * 1000)
    (home / "work/link").symlink_to("numbers.bin")
    (home / "work/none").touch()
    os.link(home / ".ssh/id", home / "work/hard")


def tree(folder: Path) -> dict[str, tuple[str, int, str]]:
    """Every entry of a home but what is not copied: its kind, its rights, and what is in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if name.split("/")[0] in ("lost+found", ".cache"):
            continue
        mode = path.lstat().st_mode
        if path.is_symlink():
            found[name] = ("link", 0, os.readlink(path))
        elif path.is_dir():
            found[name] = ("folder", mode, "")
        else:
            found[name] = ("file", mode, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def kill(process: subprocess.Popen[str]) -> None:
    """With all that it has started, as a pod is."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

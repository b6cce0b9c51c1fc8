"""Dumps a database: pg_dump, streamed to the bucket, with a manifest of exactly what is in it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import UTC, datetime
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ

from ..databases import Settings, Wanted, admin_credentials, connect
from .contents import contents
from .store import TIME, BackupError, Counted, Manifest, Store, key_of

APPLICATION = "open-mlops-backup"


def client_version(program: str) -> str:
    try:
        said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    except FileNotFoundError as error:
        raise BackupError(f"{program} is not there; use an image with PostgreSQL's client") from error
    return said.split(")", 1)[-1].split()[0]


def client_env(settings: Settings) -> dict[str, str]:
    """How pg_dump and pg_restore sign in: by variables, which no list of processes shows to others."""
    user, password = admin_credentials(settings)
    return {
        **os.environ,
        "PGHOST": settings.host,
        "PGPORT": str(settings.port),
        "PGUSER": user,
        "PGPASSWORD": password,
        "PGSSLMODE": settings.sslmode,
        "PGAPPNAME": APPLICATION,
        "PGCONNECT_TIMEOUT": "15",
    }


def dump(settings: Settings, wanted: Wanted, store: Store, now: datetime | None = None) -> Manifest:
    """Dumps one database. All is read as of one moment, so that rows are counted as they are in the dump."""
    time = (now or datetime.now(UTC)).strftime(TIME)
    client = client_version("pg_dump")
    session = connect(settings, APPLICATION, wanted.name)
    try:
        session.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        server = session.server_version // 10000
        if int(client.split(".")[0]) < server:
            raise BackupError(
                f"pg_dump is {client} and the server {server}; use an image with a newer client"
            )
        with session.cursor() as cursor:
            # The owner's eyes: a master user that is no superuser may see nothing by itself.
            cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(wanted.user)))
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
            snapshot, version = cursor.fetchone() or ("", "")
        args = [
            "--format=custom",
            "--no-password",
            f"--role={wanted.user}",
            f"--snapshot={snapshot}",
            f"--dbname={wanted.name}",
        ]
        with (
            tempfile.TemporaryFile() as said,
            subprocess.Popen(
                ["pg_dump", *args], stdout=subprocess.PIPE, stderr=said, env=client_env(settings)
            ) as process,
        ):
            counted = Counted(_WholeOutput(process, said, wanted.name))
            try:
                store.write(key_of(wanted.name, time, "dump"), counted)
            finally:
                process.kill()
        tables = contents(session)
    finally:
        session.close()
    manifest = Manifest(wanted.name, time, counted.bytes, counted.sha256, version, client, tables)
    store.finish(manifest)
    return manifest


class _WholeOutput:
    """A program's output. Where the program has failed, its end is an error: no half is uploaded."""

    def __init__(self, process: subprocess.Popen[bytes], said: Any, database: str) -> None:
        self.process, self.said, self.database = process, said, database

    def read(self, size: int = -1) -> bytes:
        assert self.process.stdout
        data = self.process.stdout.read(size)
        # A short read is the end too, and nobody asks again after it.
        if size < 0 or len(data) < size:
            code = self.process.wait()
            if code != 0:
                self.said.seek(0)
                said = self.said.read().decode()[-2000:]
                raise BackupError(f"pg_dump of {self.database} failed ({code}): {said}")
        return data

"""Restores a dump into a new database, compares it, and only then puts it in the place of what is there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from psycopg2 import sql
from psycopg2.extensions import connection

from ..databases import Settings, Wanted, connect
from .contents import contents, differences
from .dump import APPLICATION, client_env, client_version
from .store import TIME, BackupError, Manifest, Store

#: Days that a database is kept beside the one restored in its place.
KEEP_REPLACED_DAYS = 7


@contextmanager
def administration(settings: Settings) -> Iterator[connection]:
    """A session outside the databases, the only one that restores: the lock ends with it, however it ends."""
    admin = connect(settings, APPLICATION)
    try:
        admin.autocommit = True  # databases cannot be made in a transaction
        with admin.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtext('open-mlops-restore'))")
            if cursor.fetchone() != (True,):
                raise BackupError("another restore or drill is under way on this server; wait for its end")
        yield admin
    finally:
        admin.close()


def drop(admin: connection, name: str) -> None:
    with admin.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def fill(
    settings: Settings, admin: connection, wanted: Wanted, store: Store, manifest: Manifest, name: str
) -> None:
    """Makes the database `name` from a dump, anew where a killed run has left one, and compares it."""
    client_version("pg_restore")
    drop(admin, name)
    with admin.cursor() as cursor:
        database, owner = sql.Identifier(name), sql.Identifier(wanted.user)
        # Like the server's own template, and not with what somebody has put into `template1`.
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(database, owner))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        cursor.execute(sql.SQL("GRANT ALL ON DATABASE {} TO {}").format(database, owner))
    dump = store.open(manifest)
    args = ["--exit-on-error", "--no-owner", "--no-privileges", f"--role={wanted.user}", f"--dbname={name}"]
    with subprocess.Popen(
        ["pg_restore", *args, "--no-password"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=client_env(settings),
    ) as process:
        assert process.stdin and process.stderr
        try:
            while data := dump.read(1 << 20):
                process.stdin.write(data)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode()
        code = process.wait()
    if code != 0:
        raise BackupError(f"pg_restore of {manifest.key} failed ({code}): {said[-2000:]}")
    if dump.sha256 != manifest.sha256:
        raise BackupError(f"{manifest.key} is not what was written: its SHA-256 is not its manifest's")
    session = connect(settings, APPLICATION, name)
    try:
        with session.cursor() as cursor:
            cursor.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(wanted.user)))
        wrong = differences(manifest.tables, contents(session))
    finally:
        session.close()
    if wrong:
        raise BackupError(f"{manifest.key} was restored and is not what was dumped: " + "; ".join(wrong[:20]))


def restore(
    settings: Settings, admin: connection, wanted: Wanted, store: Store, manifest: Manifest
) -> str | None:
    """Puts a dump in the place of a database; returns the name by which that is kept, if it was there."""
    name, new = wanted.name, f"{wanted.name}_restoring"
    fill(settings, admin, wanted, store, manifest, new)
    kept = f"{name}_before_{datetime.now(UTC).strftime(TIME)}"
    with admin.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        there = cursor.fetchone() is not None
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        if not there:
            cursor.execute(rename.format(sql.Identifier(new), sql.Identifier(name)))
            return None
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        # Nobody writes between the two, and a database in use has no other name.
        cursor.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        swapped = False
        try:
            sessions = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            cursor.execute(sessions, (name,))
            # One transaction: the tools' database is there at every moment, the old one or the new one.
            cursor.execute(
                sql.SQL("; ").join(
                    [
                        rename.format(sql.Identifier(name), sql.Identifier(kept)),
                        rename.format(sql.Identifier(new), sql.Identifier(name)),
                    ]
                )
            )
            swapped = True
        finally:
            cursor.execute(allow.format(sql.Identifier(kept if swapped else name), sql.SQL("true")))
    return kept


def drill(settings: Settings, admin: connection, wanted: Wanted, store: Store, manifest: Manifest) -> None:
    """Restores a dump into a database that nobody uses, compares it and removes it, whatever came of it."""
    scratch = f"{wanted.name}_drill"
    try:
        fill(settings, admin, wanted, store, manifest, scratch)
    finally:
        drop(admin, scratch)


def drop_replaced(admin: connection, wanted: Wanted, now: datetime) -> list[str]:
    """Removes databases that were kept beside a restored one for long enough."""
    oldest = (now - timedelta(days=KEEP_REPLACED_DAYS)).strftime(TIME)
    with admin.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        names = [name for (name,) in cursor.fetchall()]
    gone = []
    for name in names:
        found = re.fullmatch(re.escape(wanted.name) + r"_before_(\d{8}T\d{6}Z)", name)
        if found and found[1] < oldest:
            drop(admin, name)
            gone.append(name)
    return gone

"""A real PostgreSQL on loopback, thrown away afterwards."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from conftest import free_port

ADMIN, ADMIN_PASSWORD = "master", "of-the-server"
WANTED = [{"name": "mlflow", "user": "mlflow"}, {"name": "prefect_server", "user": "prefect"}]


def binaries() -> Path | None:
    """The newest PostgreSQL of this machine: from 16 on, a master user may do less with roles it makes."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path))

    def version(program: Path) -> int:
        said = subprocess.run([str(program), "--version"], check=True, capture_output=True, text=True).stdout
        return int(said.split()[2].split(".")[0])

    return max(found, key=version).parent if found else None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables that reach a server whose master user is, as in a cloud, no superuser."""
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL on this machine; install it to run this (Debian: postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    # The server refuses to run as root.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
        for parent in folder.parents[:2]:
            parent.chmod(parent.stat().st_mode | 0o011)

    def run(program: str, *args: str) -> None:
        owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
        subprocess.run(
            [str(programs / program), *args], cwd=folder, check=True, stdout=subprocess.DEVNULL, **owner
        )

    port = free_port()
    run("initdb", "--pgdata", "data", "--username", "root_of_server", "--auth-local", "trust")
    (folder / "data" / "pg_hba.conf").write_text(
        "local all root_of_server trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    )
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "--pgdata", "data", "--wait", "--log", "log", "--options", options, "start")
    try:
        root = psycopg2.connect(host=str(folder), port=port, dbname="postgres", user="root_of_server")
        root.autocommit = True
        with root.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {ADMIN} LOGIN CREATEDB CREATEROLE PASSWORD '{ADMIN_PASSWORD}'")
        root.close()
        yield {
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(port),
            "DATABASE_ADMIN_USER": ADMIN,
            "DATABASE_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "DATABASE_SSLMODE": "disable",
            "DATABASES": json.dumps(WANTED),
            "PASSWORD_mlflow": "first",
            "PASSWORD_prefect": 'it\'s "quoted" \\ und 100% früh',
        }
    finally:
        run("pg_ctl", "--pgdata", "data", "--mode", "immediate", "stop")


def connect(
    server: dict[str, str], user: str, password: str, database: str
) -> psycopg2.extensions.connection:
    return psycopg2.connect(
        host=server["DATABASE_HOST"],
        port=server["DATABASE_PORT"],
        user=user,
        password=password,
        dbname=database,
        sslmode="disable",
    )

"""The databases job against a real PostgreSQL, thrown away afterwards."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from conftest import free_port

from open_mlops.databases import SettingsError, read_settings

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


def job(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "open_mlops.databases"], env=env, capture_output=True, text=True, timeout=60
    )


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


def test_each_component_gets_a_database_of_its_own_and_a_second_run_changes_nothing(
    server: dict[str, str],
) -> None:
    first = job(server)
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines() == [
        "made the user mlflow",
        "made the database mlflow",
        "made the user prefect",
        "made the database prefect_server",
    ]
    for wanted in WANTED:
        mine = connect(server, wanted["user"], server[f"PASSWORD_{wanted['user']}"], wanted["name"])
        with mine, mine.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (value int)")
        mine.close()
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        connect(server, "prefect", server["PASSWORD_prefect"], "mlflow")

    changed = {**server, "PASSWORD_mlflow": "second"}
    again = job(changed)
    assert again.returncode == 0, again.stderr
    assert again.stdout.splitlines() == ["set the password of mlflow", "set the password of prefect"]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(server, "mlflow", "first", "mlflow")
    mine = connect(server, "mlflow", "second", "mlflow")
    with mine, mine.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (0,)
    mine.close()


def test_a_server_without_tls_is_refused_unless_that_is_asked_for(server: dict[str, str]) -> None:
    secure = {key: value for key, value in server.items() if key != "DATABASE_SSLMODE"}
    refused = job(secure)
    assert refused.returncode == 1
    assert "cannot sign in to 127.0.0.1" in refused.stderr and "SSL" in refused.stderr
    assert ADMIN_PASSWORD not in refused.stderr


def test_every_missing_variable_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"DATABASES": json.dumps(WANTED), "DATABASE_PORT": "five"})
    for name in ("DATABASE_HOST", "DATABASE_ADMIN_USER", "DATABASE_ADMIN_PASSWORD", "PASSWORD_mlflow"):
        assert f"{name} is not set" in str(caught.value)
    assert "PASSWORD_prefect is not set" in str(caught.value)
    assert "DATABASE_PORT is 'five'; use a number" in str(caught.value)
    with pytest.raises(SettingsError, match="AWS_REGION is not set"):
        read_settings({"DATABASE_ADMIN_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:x"})
    with pytest.raises(SettingsError, match=r"DATABASES is '\[\"mlflow\"\]'; use"):
        read_settings({"DATABASES": '["mlflow"]'})

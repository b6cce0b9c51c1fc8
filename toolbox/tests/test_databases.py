"""The databases job against a real PostgreSQL, thrown away afterwards."""

from __future__ import annotations

import json
import subprocess
import sys

import psycopg2
import pytest
from postgres import ADMIN_PASSWORD, WANTED, connect, server

from open_mlops.databases import SettingsError, read_settings

__all__ = ["server"]


def job(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "open_mlops.databases"], env=env, capture_output=True, text=True, timeout=60
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

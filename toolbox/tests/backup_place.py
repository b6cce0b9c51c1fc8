"""What backups are tested at: a real PostgreSQL, a locked bucket of a real S3 server, and the job itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import psycopg2
import pytest
from conftest import Server, environment_program, free_port
from postgres import connect, server

__all__ = ["server"]
BUCKET = "backups"
KEEP_DAYS = 30


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    program = str(environment_program("rehearsal", "moto_server"))
    address = f"http://127.0.0.1:{port}"
    store = Server(
        [program, "-H", "127.0.0.1", "-p", str(port)],
        address,
        "/moto-api/",
        tmp_path_factory.mktemp("s3"),
        {},
    )
    store.start()
    yield store
    store.stop()


@pytest.fixture
def env(server: dict[str, str], s3: Server) -> Iterator[dict[str, str]]:
    """The job's variables, over two databases with something in them and a bucket with a lock."""
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump on this machine; install PostgreSQL's client")
    env = {
        **server,
        "PATH": os.environ["PATH"],
        "NO_PROXY": "127.0.0.1",
        "BACKUP_BUCKET": BUCKET,
        "BACKUP_KEEP_DAYS": str(KEEP_DAYS),
        "AWS_ENDPOINT_URL_S3": s3.address,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    made = subprocess.run(
        [sys.executable, "-m", "open_mlops.databases"], env=env, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    with as_owner(server, "mlflow") as cursor:
        cursor.execute(
            "CREATE TABLE runs (id serial PRIMARY KEY, name text, at timestamptz DEFAULT now(), loss float8)"
        )
        cursor.execute(
            "INSERT INTO runs (name, loss) "
            "SELECT 'Lauf ' || i || ' \U0001f680', random() FROM generate_series(1, 500) i"
        )
        cursor.execute(
            'CREATE SCHEMA more CREATE TABLE odd ("Strange name" jsonb) CREATE VIEW seen AS SELECT 1'
        )
        cursor.execute("INSERT INTO more.odd VALUES ('{\"a\": [1, null]}'), (NULL)")
        cursor.execute("CREATE TABLE parted (day date, value int) PARTITION BY RANGE (day)")
        cursor.execute("CREATE TABLE parted_all PARTITION OF parted DEFAULT")
        cursor.execute("INSERT INTO parted VALUES ('2026-11-21', 1)")
    with as_owner(server, "prefect") as cursor:
        cursor.execute("CREATE TABLE flows (name text)")
        cursor.execute("INSERT INTO flows VALUES ('train')")
    client(env).create_bucket(
        Bucket=BUCKET,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    client(env).put_object_lock_configuration(
        Bucket=BUCKET,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": KEEP_DAYS}},
        },
    )
    yield env
    httpx.post(f"{s3.address}/moto-api/reset", trust_env=False)
    admin = psycopg2.connect(**root(server), dbname="postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ '^(mlflow|prefect_server)'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.close()


def root(server: dict[str, str]) -> dict[str, Any]:
    user, password = server["DATABASE_ADMIN_USER"], server["DATABASE_ADMIN_PASSWORD"]
    return {"host": "127.0.0.1", "port": server["DATABASE_PORT"], "user": user, "password": password}


class as_owner:
    """A cursor of a component's own user, in its database."""

    def __init__(self, server: dict[str, str], user: str, database: str | None = None) -> None:
        name = database or {"mlflow": "mlflow", "prefect": "prefect_server"}[user]
        self.session = connect(server, user, server[f"PASSWORD_{user}"], name)

    def __enter__(self) -> Any:
        return self.session.cursor()

    def __exit__(self, kind: Any, *_: Any) -> None:
        if kind is None:
            self.session.commit()
        self.session.close()


def client(env: dict[str, str]) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL_S3"],
        region_name=env["AWS_REGION"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def start(env: dict[str, str], *args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "open_mlops.backup", *args]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def job(env: dict[str, str], *args: str, code: int = 0) -> list[dict[str, Any]]:
    """What the job says, line by line."""
    process = start(env, *args)
    out, err = process.communicate(timeout=100)
    assert process.returncode == code, out + err
    assert env["DATABASE_ADMIN_PASSWORD"] not in out + err
    return [json.loads(line) for line in out.splitlines()]


def databases(server: dict[str, str]) -> set[str]:
    admin = psycopg2.connect(**root(server), dbname="postgres")
    with admin.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        names = {name for (name,) in cursor.fetchall()}
    admin.close()
    return names


def until(is_so: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Waits for a moment in the middle of a job; the job must not be over before."""
    while not is_so():
        assert process.poll() is None, "the job was over before it could be killed"
        time.sleep(0.005)

"""Dumps of a real PostgreSQL in a locked bucket of a real S3 server, and their way back."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from backup_place import BUCKET, KEEP_DAYS, as_owner, client, databases, env, job, root, s3, start, until
from botocore.exceptions import ClientError
from postgres import connect, server

from open_mlops.backup.contents import differences
from open_mlops.backup.store import TIME, Store, Table, utc_time

__all__ = ["env", "s3", "server"]


def test_what_is_lost_comes_back_as_it_was_and_what_was_there_is_kept(
    env: dict[str, str], server: dict[str, str]
) -> None:
    dumped = job(env, "dump")
    assert [(line["event"], line["database"], line["tables"], line["rows"]) for line in dumped] == [
        ("dumped", "mlflow", 3, 503),
        ("dumped", "prefect_server", 1, 1),
    ]
    with as_owner(server, "mlflow") as cursor:
        cursor.execute("SELECT md5(string_agg(runs::text, ',' ORDER BY id)) FROM runs")
        before = cursor.fetchone()
        cursor.execute("DROP TABLE runs CASCADE")
        cursor.execute("INSERT INTO more.odd VALUES ('\"later\"')")
    # A tool that was not stopped: its session is ended, and it finds what was restored.
    forgotten = connect(server, "mlflow", server["PASSWORD_mlflow"], "mlflow")
    events = job(env, "restore", "--database", "mlflow")
    assert [line["event"] for line in events] == ["restoring", "restored"]
    with pytest.raises(psycopg2.OperationalError), forgotten.cursor() as cursor:
        cursor.execute("SELECT 1")
    with as_owner(server, "mlflow") as cursor:
        cursor.execute("SELECT md5(string_agg(runs::text, ',' ORDER BY id)) FROM runs")
        assert cursor.fetchone() == before
        # The owner may change what was restored, and numbers go on where they were.
        cursor.execute("INSERT INTO runs (name) VALUES ('next') RETURNING id")
        assert cursor.fetchone() == (501,)
        cursor.execute("ALTER TABLE runs ADD COLUMN more int")
    kept = events[1]["replaced"]
    with as_owner(server, "mlflow", kept) as cursor:
        cursor.execute("SELECT count(*) FROM more.odd")
        assert cursor.fetchone() == (3,)
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        connect(server, "prefect", server["PASSWORD_prefect"], "mlflow")


def test_a_database_that_is_gone_is_made_again(env: dict[str, str], server: dict[str, str]) -> None:
    job(env, "dump")
    admin = psycopg2.connect(**root(server), dbname="postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("DROP DATABASE prefect_server WITH (FORCE)")
    admin.close()
    assert job(env, "restore", "--database", "prefect_server")[-1]["replaced"] is None
    with as_owner(server, "prefect") as cursor:
        cursor.execute("SELECT name FROM flows")
        assert cursor.fetchall() == [("train",)]


def test_a_time_chooses_the_last_dump_before_it(env: dict[str, str], server: dict[str, str]) -> None:
    first = job(env, "dump")[0]["time"]
    with as_owner(server, "mlflow") as cursor:
        cursor.execute("DELETE FROM runs WHERE id > 100")
    while datetime.now(UTC).strftime(TIME) == first:
        time.sleep(0.05)
    second = job(env, "dump")[0]["time"]
    listed = [(line["database"], line["time"]) for line in job(env, "list", "--database", "mlflow")]
    assert listed == [("mlflow", first), ("mlflow", second)]
    assert job(env, "restore", "--database", "mlflow", "--at", first)[-1]["rows"] == 503
    failed = job(env, "restore", "--database", "mlflow", "--at", "2020-01-01", code=1)
    assert "no dump of mlflow at 20200101T000000Z or before: the oldest is of" in failed[0]["reason"]
    assert (
        "no database nobody; there are mlflow"
        in job(env, "list", "--database", "nobody", code=1)[0]["reason"]
    )


def test_a_dump_that_was_killed_counts_for_nothing(env: dict[str, str], server: dict[str, str]) -> None:
    large(server)
    process = start(env, "dump")
    until(lambda: bool(client(env).list_multipart_uploads(Bucket=BUCKET).get("Uploads")), process)
    process.kill()
    process.communicate()
    assert job(env, "list") == []
    assert "there is none at all" in job(env, "drill", code=1)[0]["reason"]
    assert [line["event"] for line in job(env, "dump")] == ["dumped", "dumped"]
    assert [line["event"] for line in job(env, "drill")] == ["proved", "proved"]


def test_a_restore_that_was_killed_changes_nothing_and_can_be_run_again(
    env: dict[str, str], server: dict[str, str]
) -> None:
    large(server)
    job(env, "dump")
    with as_owner(server, "mlflow") as cursor:
        cursor.execute("DELETE FROM runs")
    process = start(env, "restore", "--database", "mlflow")
    until(lambda: "mlflow_restoring" in databases(server), process)
    process.kill()
    process.communicate()
    with as_owner(server, "mlflow") as cursor:
        cursor.execute("SELECT count(*) FROM runs")
        assert cursor.fetchone() == (0,)
    job(env, "restore", "--database", "mlflow")
    with as_owner(server, "mlflow") as cursor:
        cursor.execute("SELECT count(*) FROM runs")
        assert cursor.fetchone() == (500,)
    assert "mlflow_restoring" not in databases(server)


def test_a_restore_that_stopped_before_the_swap_leaves_a_way_on(
    env: dict[str, str], server: dict[str, str]
) -> None:
    """As one killed after it closed the database for others, and before it gave it another name."""
    job(env, "dump")
    admin = psycopg2.connect(**root(server), dbname="postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        cursor.execute("ALTER DATABASE mlflow ALLOW_CONNECTIONS false")
    admin.close()
    kept = job(env, "restore", "--database", "mlflow")[-1]["replaced"]
    for database in ("mlflow", kept):
        with as_owner(server, "mlflow", database) as cursor:
            cursor.execute("SELECT count(*) FROM runs")
            assert cursor.fetchone() == (500,)


def test_a_drill_finds_a_dump_that_is_not_what_was_written(
    env: dict[str, str], server: dict[str, str]
) -> None:
    line = job(env, "dump")[0]
    key = f"databases/mlflow/{line['time']}"
    store = client(env)
    manifest = json.loads(store.get_object(Bucket=BUCKET, Key=f"{key}.json")["Body"].read())
    manifest["tables"]["public.runs"]["rows"] = 499
    manifest["tables"]["more.odd"]["checksum"] = "1"
    store.put_object(Bucket=BUCKET, Key=f"{key}.json", Body=json.dumps(manifest).encode())
    failed, proved = job(env, "drill", code=1)
    assert "more.odd has other values" in failed["reason"]
    assert "public.runs has 500 rows and should have 499" in failed["reason"]
    assert (proved["event"], proved["database"]) == ("proved", "prefect_server")
    body = store.get_object(Bucket=BUCKET, Key=f"{key}.dump")["Body"].read()
    store.put_object(Bucket=BUCKET, Key=f"{key}.dump", Body=body[:-200])
    assert job(env, "restore", "--database", "mlflow", code=1)[-1]["event"] == "failed"
    assert databases(server) >= {"mlflow"} and "mlflow_drill" not in databases(server)


def test_two_do_not_restore_at_once(env: dict[str, str], server: dict[str, str]) -> None:
    job(env, "dump")
    admin = psycopg2.connect(**root(server), dbname="postgres")
    with admin.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('open-mlops-restore'))")
        assert "another restore or drill is under way" in job(env, "restore", code=1)[0]["reason"]
    admin.close()


def test_one_database_that_cannot_be_dumped_keeps_no_other_from_it(
    env: dict[str, str], server: dict[str, str]
) -> None:
    missing = [*json.loads(env["DATABASES"]), {"name": "not_there", "user": "mlflow"}]
    events = job({**env, "DATABASES": json.dumps(missing[::-1])}, "dump", code=1)
    assert [(line["event"], line["database"]) for line in events] == [
        ("failed", "not_there"),
        ("dumped", "prefect_server"),
        ("dumped", "mlflow"),
    ]


def test_a_pg_dump_that_fails_leaves_no_object(env: dict[str, str], server: dict[str, str]) -> None:
    admin = psycopg2.connect(**root(server), dbname="mlflow")
    admin.autocommit = True
    with admin.cursor() as cursor:
        # The owner may not read it, so neither may the dump.
        cursor.execute("SET ROLE mlflow; GRANT CREATE ON SCHEMA more TO master; RESET ROLE")
        cursor.execute("CREATE TABLE more.hidden (value int)")
    admin.close()
    failed = job(env, "dump", code=1)[0]
    assert failed["event"] == "failed" and "permission denied for table hidden" in failed["reason"]
    assert "Contents" not in client(env).list_objects_v2(Bucket=BUCKET, Prefix="databases/mlflow/")


def test_old_dumps_lose_their_names_and_a_lock_keeps_their_versions(env: dict[str, str]) -> None:
    job(env, "dump")
    store = Store(client(env), BUCKET)
    newest = store.times("mlflow")[-1]
    later = datetime.now(UTC) + timedelta(days=KEEP_DAYS + 1)
    assert store.prune("mlflow", KEEP_DAYS, later) == [], "the newest stays, however old"
    for ending in ("dump", "json"):
        store.client.put_object(Bucket=BUCKET, Key=f"databases/mlflow/20200101T000000Z.{ending}", Body=b"{}")
    gone = store.prune("mlflow", KEEP_DAYS, datetime.now(UTC))
    assert gone == [f"databases/mlflow/20200101T000000Z.{ending}" for ending in ("dump", "json")]
    assert store.times("mlflow") == [newest]
    versions = store.client.list_object_versions(Bucket=BUCKET, Prefix=gone[0])["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        store.client.delete_object(Bucket=BUCKET, Key=gone[0], VersionId=versions[0]["VersionId"])


def test_replaced_databases_are_removed_after_a_week(env: dict[str, str], server: dict[str, str]) -> None:
    old, young = (
        f"mlflow_before_{(datetime.now(UTC) - timedelta(days=days)).strftime(TIME)}" for days in (8, 6)
    )
    admin = psycopg2.connect(**root(server), dbname="postgres")
    admin.autocommit = True
    with admin.cursor() as cursor:
        for name in (old, young, "mlflow_before_lunch"):
            cursor.execute(f'CREATE DATABASE "{name}"')
    admin.close()
    assert {"event": "dropped", "database": old} in job(env, "dump")
    assert databases(server) >= {young, "mlflow_before_lunch"} and old not in databases(server)


def test_every_wrong_variable_is_named_at_once(env: dict[str, str]) -> None:
    process = start({"PATH": os.environ["PATH"], "BACKUP_KEEP_DAYS": "many"}, "dump")
    _, err = process.communicate()
    assert process.returncode == 2
    for line in ("BACKUP_BUCKET is not set", "BACKUP_KEEP_DAYS is 'many'", "DATABASE_HOST is not set"):
        assert line in err


def test_times_are_read_as_people_write_them() -> None:
    for text in ("20261121T013000Z", "2026-11-21T02:30+01:00", "2026-11-21 01:30"):
        assert utc_time(text) == "20261121T013000Z"


def test_every_difference_is_told() -> None:
    one, other = Table(1, "5"), Table(2, "6")
    assert differences({"a": one, "b": one, "c": one}, {"b": other, "c": Table(1, "6"), "d": one}) == [
        "a is missing",
        "b has 2 rows and should have 1",
        "c has other values than it should have",
        "d should not be there",
    ]


def large(server: dict[str, str]) -> None:
    """Some 50 MB that no compression makes small: a dump of them goes up in several parts."""
    with as_owner(server, "mlflow") as cursor:
        cursor.execute(
            "CREATE TABLE blobs AS SELECT i, (SELECT string_agg(sha512((i || '-' || j)::bytea), '') "
            "FROM generate_series(1, 500) j) AS value FROM generate_series(1, 1500) i"
        )


def test_dumps_that_somebody_removed_or_wrote_over_come_back(
    env: dict[str, str], server: dict[str, str]
) -> None:
    line = job(env, "dump")[0]
    key, store = f"databases/mlflow/{line['time']}", client(env)
    store.delete_object(Bucket=BUCKET, Key=f"{key}.json")
    store.put_object(Bucket=BUCKET, Key=f"{key}.dump", Body=b"gone")
    assert [each["database"] for each in job(env, "list")] == ["prefect_server"]
    assert [each["key"] for each in job(env, "undelete")] == [f"{key}.dump", f"{key}.json"]
    assert [each["event"] for each in job(env, "drill")] == ["proved", "proved"]

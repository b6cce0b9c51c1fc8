"""One database and one user for each component: `python -m open_mlops.databases`, which can be run again.

Reads DATABASE_HOST, DATABASE_PORT, DATABASES (JSON, a list of {"name", "user"}), PASSWORD_<user> for each
user, and how to sign in as the server's master user: DATABASE_ADMIN_SECRET_ARN with AWS_REGION, or
DATABASE_ADMIN_USER with DATABASE_ADMIN_PASSWORD. DATABASE_SSLMODE is `require` unless set,
DATABASE_ADMIN_DATABASE is `postgres`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection, encrypt_password


@dataclass(frozen=True)
class Wanted:
    """A database and the user that owns it."""

    name: str
    user: str
    password: str = field(repr=False, default="")


@dataclass(frozen=True)
class Settings:
    host: str
    port: int
    sslmode: str
    admin_database: str
    wanted: tuple[Wanted, ...]
    #: Where the master user's name and password are; None where they are given.
    secret_arn: str | None
    region: str | None
    admin_user: str | None
    admin_password: str | None = field(repr=False)


class SettingsError(ValueError):
    """Everything that is wrong with the variables, in one message."""


def read_settings(env: Mapping[str, str], passwords: bool = True) -> Settings:
    """The settings, or one error that names every variable that is missing or wrong.

    Without `passwords` those of the users are not asked for: the master user works for them all.
    """
    problems = [
        f"{name} is not set" for name in ("DATABASE_HOST", "DATABASE_PORT", "DATABASES") if not env.get(name)
    ]
    if env.get("DATABASE_PORT") and not env["DATABASE_PORT"].isdigit():
        problems.append(f"DATABASE_PORT is {env['DATABASE_PORT']!r}; use a number")
    if env.get("DATABASE_ADMIN_SECRET_ARN"):
        signing_in = ["AWS_REGION"]
    else:
        signing_in = ["DATABASE_ADMIN_USER", "DATABASE_ADMIN_PASSWORD"]
    remedy = "" if len(signing_in) == 1 else " (or set DATABASE_ADMIN_SECRET_ARN)"
    problems += [f"{name} is not set{remedy}" for name in signing_in if not env.get(name)]
    pairs = _pairs(env.get("DATABASES") or "[]", problems)
    for _, user in pairs:
        if passwords and not env.get(f"PASSWORD_{user}"):
            problems.append(f"PASSWORD_{user} is not set")
    if problems:
        raise SettingsError("cannot reach the databases:\n- " + "\n- ".join(dict.fromkeys(problems)))
    return Settings(
        host=env["DATABASE_HOST"],
        port=int(env["DATABASE_PORT"]),
        sslmode=env.get("DATABASE_SSLMODE") or "require",
        admin_database=env.get("DATABASE_ADMIN_DATABASE") or "postgres",
        wanted=tuple(Wanted(name, user, env.get(f"PASSWORD_{user}", "")) for name, user in pairs),
        secret_arn=env.get("DATABASE_ADMIN_SECRET_ARN") or None,
        region=env.get("AWS_REGION") or None,
        admin_user=env.get("DATABASE_ADMIN_USER") or None,
        admin_password=env.get("DATABASE_ADMIN_PASSWORD") or None,
    )


def _pairs(text: str, problems: list[str]) -> list[tuple[str, str]]:
    wrong = f'DATABASES is {text[:200]!r}; use [{{"name": "...", "user": "..."}}]'
    try:
        items = json.loads(text)
        return [(str(item["name"]), str(item["user"])) for item in items]
    except (ValueError, KeyError, TypeError):
        problems.append(wrong)
        return []


def admin_credentials(settings: Settings) -> tuple[str, str]:
    """The master user's name and password, from the variables or from the cloud's secret store."""
    if settings.secret_arn is None:
        assert settings.admin_user and settings.admin_password
        return settings.admin_user, settings.admin_password
    import boto3

    store = boto3.client("secretsmanager", region_name=settings.region)
    secret: dict[str, Any] = json.loads(store.get_secret_value(SecretId=settings.secret_arn)["SecretString"])
    return secret["username"], secret["password"]


def connect(settings: Settings, application: str, database: str | None = None) -> connection:
    """A session of the master user, in the database named or in its own."""
    user, password = admin_credentials(settings)
    return psycopg2.connect(
        host=settings.host,
        port=settings.port,
        dbname=database or settings.admin_database,
        user=user,
        password=password,
        sslmode=settings.sslmode,
        connect_timeout=15,
        application_name=application,
    )


def make(admin: connection, wanted: Wanted) -> list[str]:
    """Makes what is missing and sets what may have changed; returns what was done, in words."""
    admin.autocommit = True  # a database cannot be made in a transaction
    done: list[str] = []
    role, database = sql.Identifier(wanted.user), sql.Identifier(wanted.name)
    # The server gets a verifier, so that the password is in no log of statements.
    verifier = sql.Literal(encrypt_password(wanted.password, wanted.user, admin, "scram-sha-256"))
    with admin.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (wanted.user,))
        if cursor.fetchone():
            cursor.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, verifier))
            done.append(f"set the password of {wanted.user}")
        else:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, verifier))
            done.append(f"made the user {wanted.user}")
        # A master user that is no superuser gives databases only to roles it may become. From Postgres 16
        # on it belongs to every role that it makes, and may become none of them until it says so.
        cursor.execute(
            "SELECT rolsuper OR rolname = %s FROM pg_roles WHERE rolname = current_user",
            (wanted.user,),
        )
        if not (cursor.fetchone() or (False,))[0]:
            cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        cursor.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s",
            (wanted.name,),
        )
        owner = cursor.fetchone()
        if owner is None:
            cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
            done.append(f"made the database {wanted.name}")
        elif owner[0] != wanted.user:
            cursor.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, role))
            done.append(f"gave the database {wanted.name} to {wanted.user}, it was {owner[0]}'s")
        # Otherwise every user of the server may look into every database.
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        cursor.execute(sql.SQL("GRANT ALL ON DATABASE {} TO {}").format(database, role))
    return done


def main() -> int:
    try:
        settings = read_settings(os.environ)
        admin = connect(settings, "open-mlops-databases")
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except psycopg2.OperationalError as error:
        print(f"cannot sign in to {settings.host}:{settings.port}: {error}", file=sys.stderr)
        return 1
    try:
        for wanted in settings.wanted:
            for line in make(admin, wanted):
                print(line, flush=True)
    finally:
        admin.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

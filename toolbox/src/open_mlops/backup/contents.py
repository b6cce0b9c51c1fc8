"""What is in a database: of each table how many rows, and a checksum of them all in any order."""

from __future__ import annotations

from psycopg2 import sql
from psycopg2.extensions import connection

from .store import Table

#: Tables that a dump holds: no parents of partitions, which have no rows, and none of an extension.
TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg\\_toast%'
  AND NOT EXISTS (
    SELECT 1 FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
  )
ORDER BY 1, 2
"""
#: The sum of 56 bits of each row's hash: rows come in no order, and after a restore in another.
ROWS = """
SELECT count(*), coalesce(sum(
  ('x' || encode(substring(sha256(convert_to(t::text, 'UTF8')) FROM 1 FOR 7), 'hex'))::bit(56)::bigint
), 0)::text FROM {} AS t
"""


def contents(session: connection) -> dict[str, Table]:
    """Reads all tables in the session's transaction, by their names `schema.table`."""
    found: dict[str, Table] = {}
    with session.cursor() as cursor:
        # How values are written must not hang on a server's or a role's settings.
        cursor.execute("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'")
        cursor.execute("SET LOCAL IntervalStyle = 'postgres'; SET LOCAL bytea_output = 'hex'")
        cursor.execute("SET LOCAL extra_float_digits = 1")
        cursor.execute(TABLES)
        for schema, name in cursor.fetchall():
            cursor.execute(sql.SQL(ROWS).format(sql.Identifier(schema, name)))
            rows, checksum = cursor.fetchone() or (0, "0")
            found[f"{schema}.{name}"] = Table(rows=rows, checksum=checksum)
    return found


def differences(wanted: dict[str, Table], found: dict[str, Table]) -> list[str]:
    """What a restored database has otherwise than its manifest says."""
    lines = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    lines += [f"{name} should not be there" for name in found.keys() - wanted.keys()]
    for name in wanted.keys() & found.keys():
        is_, should = found[name], wanted[name]
        if is_.rows != should.rows:
            lines.append(f"{name} has {is_.rows} rows and should have {should.rows}")
        elif is_.checksum != should.checksum:
            lines.append(f"{name} has other values than it should have")
    return sorted(lines)

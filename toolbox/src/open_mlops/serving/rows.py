"""From the journal's lines to the tables of the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from ..log_layout import COLUMNS, INPUT, OUTPUT
from ..log_types import column_of

Json = dict[str, Any]
#: Model, version and UTC date.
Partition = tuple[str, str, date]


def read_lines(segment: Path) -> tuple[list[Json], int]:
    """The lines of a segment, and how many are broken: a process killed in a write leaves half a line."""
    lines, broken = [], 0
    with segment.open("rb") as file:
        for line in file:
            if not line.strip():
                continue
            try:
                lines.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                broken += 1
    return lines, broken


def tables(lines: list[Json]) -> tuple[list[tuple[Partition, pa.Table]], int]:
    """One table a model, version and date, and how many lines are broken: of one whose inputs or outputs
    cannot be understood the rest is kept, and one that does not say what it is of is left out.
    """
    parts: dict[Partition, list[Json]] = {}
    broken = 0
    for line in lines:
        try:
            rows = list(_rows(line))
        except Exception:
            broken += 1
            try:
                rows = list(_rows({**line, "in": [], "out": []}))
            except Exception:
                continue
        first = rows[0]
        parts.setdefault((first["model"], first["version"], first["time"].date()), []).extend(rows)
    return [(partition, _table(rows)) for partition, rows in parts.items()], broken


def _rows(line: Json) -> Iterator[Json]:
    common = {
        "request_id": line["id"],
        "trace_id": line["trace"],
        "model": line["model"],
        "version": line["version"],
        # Of a line that an older server has left.
        "registered_model": line.get("registered_model"),
        "registered_version": line.get("registered_version"),
        "time": datetime.fromtimestamp(line["time"], UTC),
        "latency": line["latency"],
        "status": line["status"],
        "error": line["error"],
    }
    inputs, outputs = _split(line["in"]), _split(line["out"])
    # Where no output says how many rows there are, the inputs do; a scalar output goes with each.
    rows = max((len(values) for values in (outputs or inputs).values()), default=1)
    for row in range(rows if line["status"] == 200 and rows else 1):
        values = {INPUT + name: _at(values, row) for name, values in inputs.items()}
        values |= {OUTPUT + name: _at(values, row) for name, values in outputs.items()}
        yield {**common, "row": row, **values}


def _split(tensors: list[Json]) -> dict[str, list[Any]]:
    """Each tensor's value by row: a number or word where a row has one, else a list."""
    found = {}
    for tensor in tensors:
        data, shape = tensor["data"], tensor["shape"]
        # A request that was refused may say anything of its shape.
        said = shape[0] if isinstance(shape, list) and shape else 1
        rows = said if type(said) is int and said > 0 else 1
        # V2 allows data nested or flat.
        if isinstance(data, list) and len(data) > rows and len(data) % rows == 0:
            width = len(data) // rows
            data = [data[at : at + width] for at in range(0, len(data), width)]
        elif isinstance(data, list) and all(isinstance(each, list) and len(each) == 1 for each in data):
            data = [each[0] for each in data]
        found[str(tensor["name"])] = data if isinstance(data, list) else [data]
    return found


def _at(values: list[Any], row: int) -> Any:
    return values[row] if row < len(values) else None


def _table(rows: list[Json]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    answered = [row["status"] == 200 for row in rows]
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if name in COLUMNS.names:
            columns[name] = pa.array(values, COLUMNS.field(name).type)
        else:
            columns[name] = column_of(values, answered)
    return pa.table(columns)

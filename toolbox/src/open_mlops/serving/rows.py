"""From the journal's lines to the tables of the log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from ..log_layout import COLUMNS, INPUT, OUTPUT

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


def tables(lines: list[Json]) -> Iterator[tuple[Partition, pa.Table]]:
    """One table a model, version and date."""
    parts: dict[Partition, list[Json]] = {}
    for line in lines:
        day = datetime.fromtimestamp(line["time"], UTC).date()
        parts.setdefault((line["model"], line["version"], day), []).append(line)
    for partition, found in parts.items():
        yield partition, _table([row for line in found for row in _rows(line)])


def _rows(line: Json) -> Iterator[Json]:
    common = {
        "request_id": line["id"],
        "trace_id": line["trace"],
        "model": line["model"],
        "version": line["version"],
        "time": datetime.fromtimestamp(line["time"], UTC),
        "latency": line["latency"],
        "status": line["status"],
        "error": line["error"],
    }
    inputs, outputs = _split(line["in"]), _split(line["out"])
    # Where no output says how many rows there are, the inputs do; a scalar output goes with each.
    rows = max((len(values) for values in (outputs or inputs).values()), default=1)
    for row in range(rows if line["status"] == 200 else 1):
        values = {INPUT + name: _at(values, row) for name, values in inputs.items()}
        values |= {OUTPUT + name: _at(values, row) for name, values in outputs.items()}
        yield {**common, "row": row, **values}


def _split(tensors: list[Json]) -> dict[str, list[Any]]:
    """Each tensor's value by row: a number or word where a row has one, else a list."""
    found = {}
    for tensor in tensors:
        data, shape = tensor["data"], tensor["shape"]
        rows = shape[0] if shape else 1
        # V2 allows data nested or flat.
        if isinstance(data, list) and rows and len(data) != rows and len(data) % rows == 0:
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
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if name in COLUMNS.names:
            columns[name] = pa.array(values, COLUMNS.field(name).type)
            continue
        try:
            columns[name] = pa.array(values)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            # A client that sent words where others send numbers; the model has refused it.
            columns[name] = pa.array([None if value is None else str(value) for value in values])
    return pa.table(columns)

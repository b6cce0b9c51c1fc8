"""Types of the log's columns. Clients send what they like, so one column may hold numbers in one file and
words in the next: truth values, numbers, words and lists of these are kept as they are, and anything else as
its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

#: Lists in lists are kept as such so deep; deeper ones are text.
_DEPTH = 8


def column(values: Sequence[Any]) -> pa.Array:
    """Values as JSON has them, None where there is none, as an array that Parquet takes. Raises nothing."""
    with suppress(pa.ArrowException, OverflowError):
        found = pa.array(values)
        if _plain(found.type):
            return found
    if all(isinstance(value, int | float | None) for value in values):
        # Such as a whole number of more than 63 bits, or truth values beside numbers.
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([_text(value) for value in values], pa.string())


def column_of(values: Sequence[Any], answered: Sequence[bool]) -> pa.Array:
    """As `column`, in the type of the values whose requests were answered: of another, which the model has
    refused, what cannot be cast is null.
    """
    whole = column(values)
    if all(answered):
        return whole
    kept = column([value if good else None for value, good in zip(values, answered, strict=True)])
    if kept.type == whole.type or common([kept.type, whole.type]) is not None:
        return whole
    return pa.array([_fit(value, kept.type) for value in values], kept.type)


def concatenate(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """All rows in the order given. Columns of the schema have its types and come first; any other has the
    type that its answered rows have in common (`status` 200; all rows where there is no such column), else
    text. What cannot be cast to it is null.
    """
    # Most files are alike, and many.
    tables = [pa.concat_tables(alike) for _, alike in groupby(tables, lambda table: table.schema)]
    names = dict.fromkeys([*schema.names, *(name for table in tables for name in table.column_names)])
    columns = {}
    for name in names:
        having = [table for table in tables if name in table.column_names]
        of = schema.field(name).type if name in schema.names else _type(name, having)
        parts = [
            fitted(table[name], of) if name in table.column_names else pa.nulls(len(table), of)
            for table in tables
        ]
        chunks = [chunk for part in parts for chunk in getattr(part, "chunks", [part])]
        columns[name] = pa.chunked_array(chunks, of)
    return pa.table(columns)


def common(types: Iterable[pa.DataType]) -> pa.DataType | None:
    """What holds values of all these types; None where only text does."""
    found = {each for each in types if not pa.types.is_null(each)}
    if len(found) < 2:
        return found.pop() if found else pa.null()
    if all(pa.types.is_list(each) for each in found):
        inner = common(each.value_type for each in found)
        return None if inner is None else pa.list_(inner)
    if all(_number(each) for each in found):
        whole = all(pa.types.is_boolean(each) or pa.types.is_integer(each) for each in found)
        return pa.int64() if whole and pa.uint64() not in found else pa.float64()
    return pa.string() if all(_words(each) for each in found) else None


def fitted(values: pa.ChunkedArray, of: pa.DataType) -> pa.ChunkedArray:
    """The values in this type; what cannot be cast is null."""
    if values.type == of:
        return values
    if not _words(of) or _words(values.type):
        with suppress(pa.ArrowException):
            return values.cast(of, safe=False)
    return pa.chunked_array([pa.array([_fit(value, of) for value in values.to_pylist()], of)])


def _type(name: str, tables: Sequence[pa.Table]) -> pa.DataType:
    found = common(table[name].type for table in tables)
    if found is not None:
        return found
    told = [_answered(table)[name].drop_null() for table in tables]
    told = [values for values in told if len(values)]
    if not told:
        return pa.string()
    found = common(values.type for values in told)
    if found is None:
        # Numbers that lie in a file as words, because somebody's word lay beside them.
        found = common(pa.float64() if _numeric_words(values) else values.type for values in told)
    return pa.string() if found is None else found


def _answered(table: pa.Table) -> pa.Table:
    return table.filter(pc.equal(table["status"], 200)) if "status" in table.column_names else table


def _numeric_words(values: pa.ChunkedArray) -> bool:
    return _words(values.type) and all(_fit(value, pa.float64()) is not None for value in values.to_pylist())


def _fit(value: Any, of: pa.DataType) -> Any:
    if _words(of):
        return _text(value)
    try:
        if isinstance(value, str) and _number(of):
            value = float(value)
        return pa.scalar(value, of).as_py()
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str | None) else json.dumps(value, ensure_ascii=False, default=str)


def _plain(of: pa.DataType) -> bool:
    depth = 0
    while pa.types.is_list(of):
        of, depth = of.value_type, depth + 1
    return depth <= _DEPTH and (pa.types.is_null(of) or _number(of) or _words(of))


def _number(of: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(of) or pa.types.is_integer(of) or pa.types.is_floating(of))


def _words(of: pa.DataType) -> bool:
    return bool(pa.types.is_string(of) or pa.types.is_large_string(of))

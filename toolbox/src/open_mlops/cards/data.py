"""What a run says it read, and what is in there: rows, period and how often the target is true."""

from __future__ import annotations

import json
from typing import Any

import fsspec
import mlflow
import pandas as pd
import pyarrow.parquet as pq

Json = dict[str, Any]


def describe(run_id: str, measured_on: pd.DataFrame, target: str) -> Json:
    """`inputs` are the run's data sets in the order in which it logged them; `measured_on` is the card's own
    table. A data set that cannot be read has `unread`, which says why.
    """
    run = mlflow.MlflowClient().get_run(run_id)
    return {
        "inputs": [_input(each, target) for each in (run.inputs.dataset_inputs if run.inputs else [])],
        "measured_on": _contents(measured_on, target),
    }


def _input(read: Any, target: str) -> Json:
    context = next((tag.value for tag in read.tags if tag.key == "mlflow.data.context"), "")
    source = _json(read.dataset.source)
    url = source.get("uri") or source.get("url") or ""
    found: Json = {"name": read.dataset.name, "digest": read.dataset.digest, "context": context, "url": url}
    try:
        with fsspec.open(url, "rb") as file:
            parquet = pq.ParquetFile(file)
            found["rows"] = parquet.metadata.num_rows
            names = [
                field.name
                for field in parquet.schema_arrow
                if field.name == target or str(field.type).startswith("timestamp")
            ]
            found |= _contents(parquet.read(columns=names).to_pandas(), target)
    except Exception as error:
        # Wherever it is kept may be gone or closed; the card is of the model all the same.
        found["unread"] = f"{type(error).__name__}: {error}"
        found.setdefault("rows", _json(read.dataset.profile).get("num_rows"))
    return found


def _contents(table: pd.DataFrame, target: str) -> Json:
    found: Json = {"rows": len(table)}
    times = [name for name in table if pd.api.types.is_datetime64_any_dtype(table[name])]
    if times:
        time = table[times[0]]
        found["period"] = {
            "column": str(times[0]),
            "from": time.min().isoformat(),
            "until": time.max().isoformat(),
        }
    if target in table and pd.api.types.is_numeric_dtype(table[target]):
        found["target_mean"] = float(table[target].mean())
    return found


def _json(text: str | None) -> Json:
    try:
        read = json.loads(text or "{}")
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}

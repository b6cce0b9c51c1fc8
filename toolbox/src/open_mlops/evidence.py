"""The numbers that a gate judges: of models on held-out data, and of requests in the inference log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from . import inference_log
from .gate import METRICS, Check, Gate, Traffic, judge_agreement, judge_metrics
from .log_layout import OUTPUT


def on_held_out(gate: Gate, challenger: str, champion: str | None) -> list[Check]:
    """Both models' URIs, each asked here for the same rows. Nothing where the gate names no data."""
    if gate.held_out is None:
        return []
    table = pd.read_parquet(gate.held_out.data)
    if gate.held_out.target not in table:
        raise ValueError(f"{gate.held_out.data} has no column {gate.held_out.target}, the gate's target")
    truth = table[gate.held_out.target].to_numpy()
    answers = {uri: predict(uri, table) for uri in (challenger, champion) if uri}
    found = {
        uri: {name: float(METRICS[name][0](truth, score(answer))) for name in gate.metrics}
        for uri, answer in answers.items()
    }
    checks = judge_metrics(gate, found[challenger], found[champion] if champion else None)
    if gate.agreement and champion:
        share = agreement(answers[challenger], answers[champion], gate.agreement.tolerance)
        checks += judge_agreement(gate, share)
    return checks


def of_traffic(model: str, version: str, since: datetime) -> Traffic:
    """What the log has of one version. A request counts once, however many rows it had."""
    rows = inference_log.read(model, since, version=version)
    first = rows.filter(pc.equal(rows["row"], 0))
    status = first["status"].to_numpy()
    latency = first["latency"].to_numpy()
    return Traffic(len(first), int((status != 200).sum()), latency[status == 200].tolist())


def of_shadow(model: str, champion: str, shadow: str, since: datetime, tolerance: float) -> float | None:
    """Agreement on requests that both versions answered, found by their trace; None without one."""
    ours, theirs = (_by_trace(inference_log.read(model, since, version=each)) for each in (shadow, champion))
    both = sorted(set(ours) & set(theirs))
    if not both:
        return None
    same = [agreement(np.asarray([ours[key]]), np.asarray([theirs[key]]), tolerance) for key in both]
    return float(np.mean(same))


def agreement(ours: Any, theirs: Any, tolerance: float) -> float:
    """Share of rows in which no prediction differs by more than the tolerance; words must be equal."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return 0.0
    numbers = ours.dtype.kind in "biuf" and theirs.dtype.kind in "biuf"
    near = np.abs(ours.astype(float) - theirs.astype(float)) <= tolerance if numbers else ours == theirs
    return float(near.reshape(len(near), -1).all(axis=1).mean()) if len(near) else 1.0


def predict(uri: str, table: pd.DataFrame) -> Any:
    """What the model answers here to the table, of which it is given the columns that it takes."""
    names = input_names(uri) or [str(name) for name in table]
    model = mlflow.pyfunc.load_model(uri)
    return np.asarray(model.predict(table[[name for name in names if name in table]]))


def input_names(uri: str) -> list[str]:
    """Of the model's signature; nothing where it names none."""
    inputs = mlflow.models.get_model_info(uri).signature
    schema = inputs.inputs if inputs else None
    return list(schema.input_names()) if schema is not None and schema.has_input_names() else []


def score(answer: Any) -> Any:
    """One number a row: of two classes' probabilities the second's."""
    return answer[:, 1] if answer.ndim == 2 and answer.shape[1] == 2 else answer.squeeze()


def _by_trace(rows: pa.Table) -> dict[tuple[str, int], list[Any]]:
    names = sorted(name for name in rows.column_names if name.startswith(OUTPUT))
    answered = rows.filter(pc.and_(pc.equal(rows["status"], 200), pc.is_valid(rows["trace_id"])))
    columns = [answered[name].to_pylist() for name in names]
    keys = zip(answered["trace_id"].to_pylist(), answered["row"].to_pylist(), strict=True)
    return {key: list(values) for key, values in zip(keys, zip(*columns, strict=True), strict=False)}

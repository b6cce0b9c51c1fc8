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
from .log_layout import INPUT, OUTPUT


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
    """What the log has of one version. Each request counts once, however many rows it had and however often
    its client has used its id.
    """
    columns = ("row", "status", "latency")
    rows = inference_log.rows(model, since, versions=[version], columns=columns)
    first = rows.filter(pc.equal(rows["row"], 0))
    status = first["status"].to_numpy()
    latency = first["latency"].to_numpy()
    return Traffic(len(first), int((status != 200).sum()), latency[status == 200].tolist())


def of_shadow(model: str, champion: str, shadow: str, since: datetime, tolerance: float) -> float | None:
    """Agreement on requests that both versions answered; None without one.

    A copy has its request's id, where the client gave one, its trace and its inputs. Requests that share all
    of these are asked the same, and answered the same; where a version answers them differently, what tells
    them apart is not logged, and they are left out.
    """
    columns = ("request_id", "trace_id", "row", "version", "status", INPUT, OUTPUT)
    rows = inference_log.rows(model, since, versions=[champion, shadow], columns=columns)
    rows = rows.filter(pc.equal(rows["status"], 200))
    ours, theirs = (rows.filter(pc.equal(rows["version"], each)) for each in (shadow, champion))
    given = {*ours["request_id"].to_pylist()} & {*theirs["request_id"].to_pylist()}
    mine, others = _by_request(ours, given), _by_request(theirs, given)
    agreed = pairs = 0
    for key in set(mine) & set(others):
        first, second = mine[key][0], others[key][0]
        told_apart = all(_alike(first, each, tolerance) for each in mine[key]) and all(
            _alike(second, each, tolerance) for each in others[key]
        )
        if told_apart:
            count = min(len(mine[key]), len(others[key]))
            pairs += count
            agreed += count * _alike(first, second, tolerance)
    return agreed / pairs if pairs else None


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


def _alike(ours: list[Any], theirs: list[Any], tolerance: float) -> bool:
    return agreement(np.asarray([ours]), np.asarray([theirs]), tolerance) == 1


def _by_request(rows: pa.Table, given: set[str]) -> dict[tuple[Any, ...], list[list[Any]]]:
    """Answers by what a request and its copy share. An id that is not `given` is the server's own."""
    found: dict[tuple[Any, ...], list[list[Any]]] = {}
    columns = rows.to_pydict()
    inputs, outputs = (
        list(zip(*(columns[name] for name in sorted(columns) if name.startswith(kind)), strict=True))
        for kind in (INPUT, OUTPUT)
    )
    named = zip(columns["request_id"], columns["trace_id"], columns["row"], strict=True)
    for at, (request_id, trace, row) in enumerate(named):
        request = request_id if request_id in given else None
        if (request or trace) and outputs:
            key = (request, trace, row, repr(inputs[at]) if inputs else "")
            found.setdefault(key, []).append(list(outputs[at]))
    return found

"""Model cards: what a version learned from, how good it is on which part of the data, how evenly, and why.

    cards.make(
        "models:/flights/4", test_table, "late",
        slices=["origin", "carrier"], sensitive="origin",
        about={"Intended use": "...", "Limits": "..."},
    )

The card is `card/card.html`, a page, and `card/card.json` on the version's run; the version's tag `card` says
where. A gate can require one, and an approval of it (`open_mlops.approvals`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import mlflow
import numpy as np
import pandas as pd

from open_mlops import evidence, provenance
from open_mlops.deployments.models import ResolvedModel, resolve

Json = dict[str, Any]

PAGE, CONTENT = "card/card.html", "card/card.json"
#: The version's tag with the page's address.
TAG = "card"


@dataclass(frozen=True)
class Card:
    """`uri` is the page's, as `mlflow.artifacts` takes it."""

    content: Json
    uri: str


def make(
    model_uri: str,
    table: pd.DataFrame,
    target: str,
    *,
    slices: Sequence[str] = (),
    sensitive: str | None = None,
    about: Mapping[str, str] | None = None,
) -> Card:
    """Measures the version on the table, which it must not have learned from, and logs its card to its run.

    `target` is the column with what was true; `slices` and `sensitive` are columns too, and need not be
    inputs of the model. `about` is text by title: what the model is for, where it fails. ValueError lists
    what is wrong. A second card replaces the first, and what was approved is no longer there.
    """
    model = resolve(model_uri)
    if problems := _problems(model, table, target, slices, sensitive):
        raise ValueError(f"card of {model_uri}: {'; '.join(problems)}")
    measured = _measured(model, table, target, slices, sensitive)
    content = {**_of_version(model), "about": dict(about or {}), **measured}
    uri = f"runs:/{model.run_id}/{PAGE}"
    from . import render

    client = mlflow.MlflowClient()
    # Read back as JSON is: the page shows what the file holds.
    text = json.dumps(content, indent=1, default=str)
    client.log_text(str(model.run_id), text, CONTENT)
    client.log_text(str(model.run_id), render.page(json.loads(text)), PAGE)
    client.set_model_version_tag(str(model.name), str(model.version), TAG, uri)
    return Card(json.loads(text), uri)


def _problems(
    model: ResolvedModel, table: pd.DataFrame, target: str, slices: Sequence[str], sensitive: str | None
) -> list[str]:
    problems = []
    if model.version is None or model.run_id is None:
        problems.append("it is no registered version with a run; use models:/<name>/<version>")
    named = {target: "the target", **{name: "a slice" for name in slices}}
    if sensitive:
        named[sensitive] = "the sensitive column"
    for name, what in named.items():
        if name not in table:
            there = ", ".join(map(str, table.columns))
            problems.append(f"the table has no column {name}, {what}; it has {there}")
    if target in table and table[target].isna().any():
        problems.append(f"{table[target].isna().sum()} rows have no {target}; leave them out")
    if table.empty:
        problems.append("the table has no rows")
    return problems


def _of_version(model: ResolvedModel) -> Json:
    client = mlflow.MlflowClient()
    version = client.get_model_version(str(model.name), str(model.version))
    run = client.get_run(str(model.run_id))
    return {
        "model": model.name,
        "version": model.version,
        "run_id": model.run_id,
        "made": {"at": datetime.now(UTC).isoformat(timespec="seconds"), "by": provenance.person()},
        "trained": {
            "at": datetime.fromtimestamp(run.info.start_time / 1000, UTC).isoformat(timespec="seconds"),
            "by": run.data.tags.get(provenance.BY) or run.data.tags.get("mlflow.user"),
            "reason": run.data.tags.get(provenance.REASON),
            "commit": run.data.tags.get(provenance.COMMIT),
        },
        "gate": {"verdict": version.tags.get("gate"), "reason": version.tags.get("gate.reason")},
        "parameters": dict(run.data.params),
    }


def _measured(
    model: ResolvedModel, table: pd.DataFrame, target: str, slices: Sequence[str], sensitive: str | None
) -> Json:
    # They take seconds to import, and who asks where a card lies needs none of them.
    from . import data, explain, measures

    inputs = evidence.input_names(model.uri) or [str(name) for name in table if name != target]
    known = table[[name for name in inputs if name in table]]
    loaded = mlflow.pyfunc.load_model(model.uri)

    def ask(some: pd.DataFrame) -> Any:
        return np.asarray(evidence.score(np.asarray(loaded.predict(some))))

    truth, score = table[target].to_numpy(), ask(known)
    kind = measures.kind_of(truth, score)
    groups = {name: measures.parts(table[name]) for name in [*slices, *([sensitive] if sensitive else [])]}
    evenly = measures.fairness(kind, truth, score, groups[sensitive]) if sensitive else {}
    return {
        "target": target,
        "answers": kind,
        "data": data.describe(str(model.run_id), table, target),
        "metrics": measures.measure(kind, truth, score),
        "slices": {name: measures.by_part(kind, truth, score, groups[name]) for name in slices},
        "fairness": {"column": sensitive, **evenly} if sensitive else None,
        # A word has no parts that add up.
        "explanations": None
        if kind == measures.CLASSES
        else explain.explain(lambda some: ask(some).astype(float), known),
    }

"""What a version is compared with: the data that it learned from, and its answers to data that it did not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import mlflow
import pandas as pd
from mlflow.entities import DatasetInput

from open_mlops import evidence, snapshots

from . import answers
from .answers import Answers

#: So many rows say how a table is spread; more take longer and say the same.
ROWS = 5000
_CONTEXT = "mlflow.data.context"


class NoReferenceError(LookupError):
    """The version's run does not say what it learned from, or what it was judged by."""


@dataclass(frozen=True)
class Reference:
    """`inputs` are of the training data. `predictions` and `truth` are of the held-out data, where the run
    logged some; else `predictions` are of the training data, and there is no `truth`.
    """

    version: str
    inputs: pd.DataFrame
    predictions: Answers
    truth: pd.Series[Any] | None


def read(model: str, version: str, target: str | None = None) -> Reference:
    """Of the data that the version's run logged with the contexts `training` and `testing`. `target` is the
    column of the latter with what was true. NoReferenceError says what is missing and how it is logged, and
    AnswersError which answers cannot be watched.
    """
    run_id = mlflow.MlflowClient().get_model_version(model, version).run_id
    inputs = mlflow.get_run(run_id).inputs if run_id else None
    found = {_context(each): each for each in inputs.dataset_inputs} if inputs else {}
    needed = ["training", *(["testing"] if target else [])]
    if missing := [context for context in needed if context not in found]:
        raise NoReferenceError(
            f"{model} version {version} has logged no {' and no '.join(missing)} data; in its run call "
            f'mlflow.log_input(snapshots.write(table, "<name>").dataset(table), context="{missing[0]}")'
        )
    trained = _table(found["training"])
    held_out = _table(found["testing"]) if "testing" in found else trained
    if target and target not in held_out:
        raise NoReferenceError(f"the testing data of {model} version {version} has no column {target}")
    uri = f"models:/{model}/{version}"
    names = evidence.input_names(uri)
    return Reference(
        version=version,
        inputs=trained[[name for name in names if name in trained]] if names else trained,
        predictions=answers.read(evidence.predict(uri, held_out)),
        truth=held_out[target] if target else None,
    )


def _context(dataset: DatasetInput) -> str:
    return next((str(tag.value) for tag in dataset.tags if tag.key == _CONTEXT), "")


def _table(dataset: DatasetInput) -> pd.DataFrame:
    """A sample of its rows, always the same one."""
    table = snapshots.read(json.loads(dataset.dataset.source)["uri"])
    return table.sample(min(ROWS, len(table)), random_state=0, ignore_index=True)

"""How good a model is on a table and on its parts, and how evenly."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn import metrics as fair
from sklearn import metrics as sk

from open_mlops.gate import METRICS

Json = dict[str, Any]
Array = npt.NDArray[Any]

#: What a model answers with, and the gate's metrics that fit it.
TWO_CLASSES, DECISIONS = "probabilities of two classes", "yes or no"
CLASSES, NUMBERS = "classes", "numbers"
FITTING = {
    TWO_CLASSES: ("log_loss", "brier", "roc_auc", "accuracy"),
    DECISIONS: ("accuracy",),
    CLASSES: ("accuracy",),
    NUMBERS: ("mae", "rmse"),
}
#: A column of numbers with more values is cut into fifths; of other columns the rarest values go together.
MANY_NUMBERS, MANY_VALUES = 12, 20
#: Groups with fewer rows are counted, and not compared: their rates are chance. A rate of fewer is left
#: open too, such as the true positive rate of a group in which 29 are positive.
FEW = 30


def kind_of(truth: Array, score: Array) -> str:
    """By truth and one answer a row. ValueError where the answer is not one a row."""
    if score.ndim != 1 or len(score) != len(truth):
        raise ValueError(
            f"the model answers in the shape {score.shape} to {len(truth)} rows; a card knows one number or "
            "class a row, or probabilities of two classes"
        )
    two = _yes_or_no(truth)
    if score.dtype.kind != "f":
        return DECISIONS if two and _yes_or_no(score) else CLASSES
    return TWO_CLASSES if two and score.min() >= 0 and score.max() <= 1 else NUMBERS


def _yes_or_no(values: Array) -> bool:
    return values.dtype.kind == "b" or (values.dtype.kind in "iuf" and set(np.unique(values)) <= {0, 1})


def measure(kind: str, truth: Array, score: Array) -> Json:
    """Rows, the metrics of its kind, and of numbers the means. None is what so few rows do not say."""
    found: Json = {"rows": len(truth)}
    if kind != CLASSES:
        found |= {"true_mean": float(truth.mean()), "predicted_mean": float(score.mean())}
    # A part may have one class alone, of which there is no ROC curve.
    one_class = kind == TWO_CLASSES and len(np.unique(truth)) < 2
    for name in FITTING[kind]:
        found[name] = None if one_class and name != "accuracy" else float(METRICS[name][0](truth, score))
    return found


def parts(column: pd.Series[Any]) -> pd.Series[str]:
    """The group of each row, in words. What is missing is a group too."""
    numbers = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numbers and column.nunique() > MANY_NUMBERS:
        groups = pd.qcut(column, 5, duplicates="drop").astype(str)
    else:
        groups = column.map(lambda each: f"{each:g}" if isinstance(each, float) else str(each)).astype(str)
        common = groups.value_counts().index[:MANY_VALUES]
        if groups.nunique() > MANY_VALUES:
            groups = groups.where(groups.isin(common[:-1]), "others")
    return groups.where(column.notna(), "missing")


def by_part(kind: str, truth: Array, score: Array, groups: pd.Series[str]) -> list[Json]:
    """The metrics of each group, the largest first."""
    found = []
    for name in groups.value_counts().index:
        mine = (groups == name).to_numpy()
        found.append({"value": str(name), **measure(kind, truth[mine], score[mine])})
    return found


def fairness(kind: str, truth: Array, score: Array, groups: pd.Series[str]) -> Json:
    """Fairlearn's view of the groups: `groups`, and of each metric the greatest `differences` and least
    `ratios` between two of them. What is decided of a probability is yes from a half on. None is a rate of
    fewer than FEW rows, and what would be between fewer than two groups.
    """
    counts = groups.value_counts()
    small = {str(name): int(rows) for name, rows in counts.items() if rows < FEW}
    kept = (~groups.isin(list(small))).to_numpy()
    if not kept.any():
        return {"groups": [], "differences": {}, "ratios": {}, "too_few": small}
    asked: dict[str, Any]
    if kind == NUMBERS:
        decided = score
        asked = {"mae": sk.mean_absolute_error, "mean_prediction": fair.mean_prediction}
    elif kind in (TWO_CLASSES, DECISIONS):
        truth, decided = truth.astype(int), (score >= 0.5).astype(int)
        asked = {
            "selection_rate": fair.selection_rate,
            "true_positive_rate": _rate_among(1, fair.true_positive_rate),
            "false_positive_rate": _rate_among(0, fair.false_positive_rate),
            "accuracy": sk.accuracy_score,
        }
    else:
        decided, asked = score, {"accuracy": sk.accuracy_score}
    with warnings.catch_warnings():
        # Of rates that are left open.
        warnings.simplefilter("ignore")
        frame = fair.MetricFrame(
            metrics=asked,
            y_true=truth[kept],
            y_pred=decided[kept],
            sensitive_features=groups[kept].rename("group"),
        )
        several = frame.by_group.notna().sum() > 1
        return {
            "groups": [
                {"value": str(name), "rows": int(counts[name]), **_plain(row)}
                for name, row in frame.by_group.iterrows()
            ],
            "differences": _plain(frame.difference().where(several)),
            "ratios": _plain(frame.ratio().where(several)),
            "too_few": small,
        }


def _rate_among(truth: int, rate: Callable[[Any, Any], float]) -> Callable[[Any, Any], float]:
    """Fairlearn says 0 of a group in which no row has this truth, as if all of them were decided wrongly."""

    def measured(y_true: Any, y_pred: Any) -> float:
        return float(rate(y_true, y_pred)) if int(np.sum(y_true == truth)) >= FEW else float("nan")

    return measured


def _plain(row: pd.Series[Any]) -> dict[str, float | None]:
    """JSON has no word for what is not a number."""
    return {str(name): float(value) if np.isfinite(value) else None for name, value in row.items()}

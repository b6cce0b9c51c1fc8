"""How good answers are, by a metric of the gate, and why that cannot be said where it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from open_mlops.gate import METRICS

from .answers import Answers, are_words, words

#: Metrics of the probability of one of two classes.
OF_TWO_CLASSES = ("roc_auc", "log_loss", "brier")


class NotMeasurable(ValueError):
    """Says why, as a part of a sentence."""


def measure(metric: str, truth: pd.Series[Any], answers: Answers) -> float:
    """Of rows whose truth is known, in words or numbers."""
    if are_words(answers):
        if metric != "accuracy":
            raise NotMeasurable("the answers are classes; accuracy is their metric")
        return float(METRICS[metric][0](words(truth), answers))
    known = _numbers(truth)
    if metric in OF_TWO_CLASSES:
        kinds = np.unique(known)
        if set(kinds) - {0, 1}:
            raise NotMeasurable(f"it is of yes and no, and the truth has {kinds.max():g}")
        if len(kinds) < 2:
            raise NotMeasurable(f"every truth is {kinds[0]:g}")
    try:
        found = float(METRICS[metric][0](known, answers))
    except ValueError as error:
        raise NotMeasurable(" ".join(str(error).split())) from error
    if not np.isfinite(found):
        raise NotMeasurable(f"it is {found}")
    return found


def _numbers(truth: pd.Series[Any]) -> npt.NDArray[np.float64]:
    try:
        return truth.to_numpy(dtype=float)
    except (TypeError, ValueError):
        word = next(each for each in truth if isinstance(each, str))
        raise NotMeasurable(f"the truth has words such as {word!r}, and the answers are numbers") from None

"""What a model answers, in the log and here, as one number or word a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Of rows: floats and whole numbers, or objects that are words.
Answers = npt.NDArray[Any]


class AnswersError(ValueError):
    """Answers of another shape; names it."""


def read(said: Any) -> Answers:
    """Numbers as they are and yes or no as 1 or 0; of two classes' probabilities the second's; of several
    the number of the most probable class, as a word; words as words. AnswersError names any other shape.
    """
    found = _array(said)
    found = found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found
    if found.ndim == 1:
        if found.dtype.kind in "iuf":
            return found
        if all(isinstance(each, bool | np.bool_) for each in found):
            return found.astype(int)
        return words(found)
    if found.ndim == 2 and _probabilities(found):
        return found[:, 1].astype(float) if found.shape[1] == 2 else words(found.argmax(axis=1))
    raise AnswersError(
        f"the model answers in the shape {found.shape} to {len(found)} rows; watching knows one number or "
        "word a row, or the probabilities of classes"
    )


def of_log(table: pd.DataFrame, outputs: Sequence[str]) -> Answers:
    """Of the log's columns of outputs, of which other versions may have had others."""
    mine = [name for name in outputs if table[name].notna().any()]
    if len(mine) > 1:
        raise AnswersError(f"the model has the outputs {', '.join(mine)}; watching knows models of one")
    return read(table[mine[0]].tolist()) if mine else np.empty(0)


def are_words(answers: Answers) -> bool:
    return answers.dtype.kind not in "iuf"


def words(values: Any) -> Answers:
    """2, 2.0 and "2" are the same class; yes and no are 1 and 0."""
    return np.array([_word(each) for each in values], dtype=object)


def _word(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def _array(said: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(said)
    except ValueError:
        # Lists of different lengths.
        raise AnswersError(
            "the model answers with as many numbers as it likes; watching knows one a row"
        ) from None


def _probabilities(found: npt.NDArray[Any]) -> bool:
    if found.dtype.kind != "f" or found.shape[1] < 2:
        return False
    sums = found.sum(axis=1)
    # Of models that count in 32 bits.
    return bool(((found >= -1e-6) & (found <= 1 + 1e-6)).all() and np.allclose(sums, 1, atol=1e-3))

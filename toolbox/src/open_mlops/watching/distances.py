"""How far values are from those of a reference, and how much of that chance alone would give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.spatial.distance import jensenshannon

from .reference import ROWS

#: So often both sides are drawn from the reference; the furthest of them is what chance gives.
DRAWS = 20
_Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Distance:
    """`whole` is Wasserstein's distance in standard deviations of the reference for numbers, and Jensen and
    Shannon's for words, as Evidently has them; `chance` is how far two random samples of the reference get,
    of as many rows as were compared.
    """

    whole: float
    chance: float

    @property
    def beyond(self) -> float:
        """What chance does not explain; 0 at least."""
        return max(0.0, self.whole - self.chance)


@dataclass(frozen=True)
class Columns:
    """`distances` of the columns that have values on both sides, `missing` shares by column before and now,
    and `unmeasured`: why the others have no distance.
    """

    distances: Mapping[str, Distance]
    missing: Mapping[str, tuple[float, float]]
    unmeasured: Mapping[str, str]


def is_number(column: pd.Series[Any]) -> bool:
    return column.dtype.kind in "biuf"


def columns(before: pd.DataFrame, now: pd.DataFrame) -> Columns:
    """Of the reference's columns. What the log does not hold is unmeasured. Missing values take no part in a
    distance.
    """
    distances: dict[str, Distance] = {}
    missing: dict[str, tuple[float, float]] = {}
    unmeasured: dict[str, str] = {}
    for name in map(str, before):
        if name not in now:
            unmeasured[name] = "not in the log"
            continue
        number = is_number(before[name])
        old, new = typed(before[name], number), typed(now[name], number)
        missing[name] = float(old.isna().mean()), float(new.isna().mean())
        if old.notna().any() and new.notna().any():
            distances[name] = distance(old.dropna(), new.dropna(), number)
        else:
            unmeasured[name] = "no value" if old.notna().any() else "no value in the reference"
    return Columns(distances, missing, unmeasured)


def typed(column: pd.Series[Any], number: bool) -> pd.Series[Any]:
    """Whole numbers beside fractions are the same kind, and so are words however pandas keeps them. What is
    no number among numbers is missing.
    """
    if number:
        said = pd.to_numeric(column, errors="coerce").astype(float)
        return said.replace([np.inf, -np.inf], np.nan)
    return column.astype(object).map(str, na_action="ignore")


def distance(before: pd.Series[Any], now: pd.Series[Any], number: bool) -> Distance:
    """Of at least one value on each side. The draws are the same each time."""
    far: Callable[[_Array, _Array], float] = _wasserstein
    if number:
        old, new = before.to_numpy(float), now.to_numpy(float)
    else:
        codes, known = pd.factorize(pd.concat([before, now]))
        old, new, far = codes[: len(before)], codes[len(before) :], _jensen_shannon(len(known))
    random = np.random.default_rng(0)
    # Of a larger window chance gives a little less than this says.
    rows = min(len(new), ROWS)
    drawn = (far(random.choice(old, len(old)), random.choice(old, rows)) for _ in range(DRAWS))
    return Distance(far(old, new), max(drawn))


def _wasserstein(before: _Array, now: _Array) -> float:
    return float(stats.wasserstein_distance(before, now) / max(float(np.std(before)), 0.001))


def _jensen_shannon(kinds: int) -> Callable[[_Array, _Array], float]:
    def far(before: _Array, now: _Array) -> float:
        counts = [np.bincount(each, minlength=kinds) for each in (before, now)]
        # Of two that are the same, rounding may leave the root of less than nothing.
        return float(np.nan_to_num(jensenshannon(*counts)))

    return far

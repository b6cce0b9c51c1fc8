"""What all three models here learn from and are tried on: numbers that are known before departure."""

from __future__ import annotations

import pandas as pd

from open_mlops.flights import data, features

COLUMNS = ["departure_minute", "distance", "humid", "visib"]


def training() -> tuple[pd.DataFrame, pd.Series[bool]]:
    """Some flights of January, and which were late."""
    return _of(1, 6000)


def later() -> tuple[pd.DataFrame, pd.Series[bool]]:
    """Some of March, which no model here has seen."""
    return _of(3, 500)


def _of(month: int, rows: int) -> tuple[pd.DataFrame, pd.Series[bool]]:
    table = features.build_features(data.read_flights([month])).dropna(subset=COLUMNS)
    table = table.sample(rows, random_state=0).reset_index(drop=True)
    return table[COLUMNS], table[features.LABEL]

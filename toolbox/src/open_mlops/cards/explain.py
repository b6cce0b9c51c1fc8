"""Which inputs a model's answers hang on: SHAP values, by asking the model, whatever it is made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from open_mlops import shapley

Json = dict[str, Any]
Ask = Callable[[pd.DataFrame], npt.NDArray[Any]]

#: Rows that are explained at most, rows that stand for "not known", and seconds after which no more begin.
ROWS, BACKGROUND, SECONDS = 60, 20, 10.0
#: Rows explained at a time, and examples that are shown with how many inputs each.
_AT_ONCE, EXAMPLES, INPUTS_SHOWN = 10, 4, 6


def explain(ask: Ask, table: pd.DataFrame, rows: int = ROWS, seconds: float = SECONDS) -> Json:
    """`ask` answers one number a row. Of a sample of the table (drawn with seed 0): `importance`, the mean
    size of each input's part in the answer, and `examples`: the highest and lowest answers and those in the
    middle, with the inputs that moved each most from `base`, the mean answer.

    Parts are estimates: of two orders of the inputs each, with 20 rows standing for what is not known.
    """
    drawn = table.sample(min(len(table), rows + BACKGROUND), random_state=0)
    codes, decode = shapley.coded(drawn)
    background, asked = codes[:BACKGROUND], codes[BACKGROUND:] if len(codes) > BACKGROUND else codes
    shap = shapley.package()
    explainer = shap.explainers.Permutation(
        lambda some: ask(decode(some)), shap.maskers.Independent(background, max_samples=BACKGROUND), seed=0
    )
    orders = 2 * (2 * codes.shape[1] + 1)
    values, begun, base = [], time.monotonic(), 0.0
    # Of some hundred rows at a time threads only wait for each other: it took twenty times as long with them.
    with threadpool_limits(1):
        for start in range(0, len(asked), _AT_ONCE):
            found = explainer(asked[start : start + _AT_ONCE], max_evals=orders, silent=True)
            values.append(found.values)
            base = float(np.mean(found.base_values))
            if time.monotonic() - begun > seconds:
                break
    parts = np.concatenate(values)
    explained = drawn.iloc[len(codes) - len(asked) :].iloc[: len(parts)]
    importance = np.abs(parts).mean(axis=0)
    order = np.argsort(-importance)
    return {
        "rows": len(parts),
        "base": base,
        "importance": [{"input": str(table.columns[at]), "mean": float(importance[at])} for at in order],
        "examples": _examples(explained, parts, ask(explained)),
    }


def _examples(table: pd.DataFrame, parts: npt.NDArray[Any], answers: npt.NDArray[Any]) -> list[Json]:
    order = np.argsort(-answers)
    places = sorted({round(at) for at in np.linspace(0, len(order) - 1, EXAMPLES)})
    found = []
    for at in (int(order[place]) for place in places):
        most = np.argsort(-np.abs(parts[at]))[:INPUTS_SHOWN]
        shown = [
            {"input": str(table.columns[i]), "value": _said(table.iloc[at, i]), "part": float(parts[at, i])}
            for i in most
        ]
        found.append({"answer": float(answers[at]), "inputs": shown})
    return found


def _said(value: Any) -> str:
    if pd.isna(value):
        return "missing"
    return f"{value:g}" if isinstance(value, float) else str(value)

"""What was found as pages: Evidently's reports, and a table of classes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import pandas as pd
from evidently import (
    BinaryClassification,
    DataDefinition,
    Dataset,
    Regression,
    Report,
)
from evidently.presets import ClassificationPreset, DataDriftPreset, RegressionPreset

from open_mlops.pages import Html, html
from open_mlops.pages import page as html_page
from open_mlops.pages import table as html_table

from .answers import Answers, words
from .distances import is_number, typed
from .performance import OF_TWO_CLASSES

PREDICTION, TRUTH = "prediction", "truth"
_BEGIN, _END = "<script>\n", "\n</script>"


def drift(before: pd.DataFrame, now: pd.DataFrame, limits: Mapping[str, float], share: float) -> str:
    """Of the columns that have a limit, each with its own; `share` of them may be further."""
    numbers = [name for name in limits if is_number(before[name])]
    definition = DataDefinition(
        numerical_columns=numbers, categorical_columns=[name for name in limits if name not in numbers]
    )
    old, new = (
        Dataset.from_pandas(
            pd.DataFrame({name: typed(table[name], name in numbers) for name in limits}), definition
        )
        for table in (before, now)
    )
    preset = DataDriftPreset(
        num_method="wasserstein",
        cat_method="jensenshannon",
        per_column_threshold=dict(limits),
        drift_share=share,
    )
    return _page(preset, new, old)


def performance(
    metric: str,
    now: tuple[pd.Series[Any], Answers],
    before: tuple[pd.Series[Any], Answers],
) -> str:
    """Truth and answers, now and on the held-out data, of rows whose metric could be measured."""
    if metric in ("mae", "rmse"):
        definition = DataDefinition(
            numerical_columns=[TRUTH, PREDICTION],
            regression=[Regression(target=TRUTH, prediction=PREDICTION)],
        )
        tables = [
            pd.DataFrame({TRUTH: truth.astype(float), PREDICTION: said}) for truth, said in (now, before)
        ]
    elif metric in OF_TWO_CLASSES:
        binary = BinaryClassification(target=TRUTH, prediction_probas=PREDICTION, pos_label=1)
        definition = DataDefinition(
            numerical_columns=[PREDICTION], categorical_columns=[TRUTH], classification=[binary]
        )
        tables = [
            pd.DataFrame({TRUTH: truth.astype(float).astype(int), PREDICTION: said})
            for truth, said in (now, before)
        ]
    else:
        return _confusion({"now": now, "held-out data": before})
    preset = RegressionPreset() if metric in ("mae", "rmse") else ClassificationPreset()
    return _page(preset, *(Dataset.from_pandas(table, definition) for table in tables))


def _confusion(sides: Mapping[str, tuple[pd.Series[Any], Answers]]) -> str:
    """How often each truth got each answer. Evidently's report of classes fails where there are two."""
    sections = [Html("<h1>Answers by truth</h1>")]
    for name, (truth, said) in sides.items():
        # As the gate's accuracy decides.
        decided = said >= 0.5 if said.dtype.kind == "f" else said
        counts = pd.crosstab(words(truth), words(decided))
        rows = [
            (f"truth {kind}", *map(int, line)) for kind, line in zip(counts.index, counts.values, strict=True)
        ]
        sections += [Html(f"<h2>{html(name)}</h2>"), html_table(("", *counts.columns), rows, numbers_from=1)]
    return html_page("Answers by truth", *sections)


def _page(preset: Any, now: Dataset, before: Dataset) -> str:
    with warnings.catch_warnings():
        # Of columns that hold one value.
        warnings.simplefilter("ignore")
        return inert(str(Report([preset]).run(now, before).get_html_str(as_iframe=False)))


def inert(page: str) -> str:
    """The page with its data as data: a value that somebody sent may hold markup, which would end the script
    that it stands in. In JSON, on one line each, only a text can hold a `<`.
    """
    head, begin, rest = page.partition(_BEGIN)
    data, end, tail = rest.partition(_END)
    if not begin or not end:
        raise ValueError(
            "Evidently's page is laid out in another way; its data cannot be told from its script"
        )
    return f"{head}{begin}{data.replace('<', chr(92) + 'u003c')}{end}{tail}"

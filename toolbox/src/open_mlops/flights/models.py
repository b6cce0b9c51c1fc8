"""Candidates, how they are trained, and how good they are. Runs on Dask workers, so it lives in a package."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from open_mlops import snapshots

from .features import CATEGORIES, FEATURES, LABEL, NUMBERS, split_by_time


@dataclass(frozen=True)
class Candidate:
    """One model to try: `kind` is `boosting` or `logistic`, `parameters` are its estimator's."""

    name: str
    kind: str
    parameters: dict[str, Any] = field(default_factory=dict)


CANDIDATES = (
    Candidate("logistic", "logistic", {"C": 0.1}),
    Candidate("boosting", "boosting"),
    Candidate("boosting-slow", "boosting", {"learning_rate": 0.05, "max_iter": 200}),
    Candidate(
        "boosting-small", "boosting", {"learning_rate": 0.05, "max_leaf_nodes": 15, "min_samples_leaf": 100}
    ),
)


@dataclass(frozen=True)
class Quality:
    """Of probabilities, not of yes and no: "never late" would be right three times in four."""

    log_loss: float
    brier: float
    auc: float
    late_rate: float
    rows: int

    def metrics(self, prefix: str) -> dict[str, float]:
        return {f"{prefix}_{name}": float(value) for name, value in asdict(self).items()}


def build(candidate: Candidate) -> Pipeline:
    """The pipeline, untrained. It is made of scikit-learn only, so a server needs no code of ours."""
    if candidate.kind == "boosting":
        encode = ColumnTransformer(
            [
                # What was not seen in training is missing, which the trees know how to treat.
                (
                    "categories",
                    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
                    CATEGORIES,
                ),
                ("numbers", "passthrough", NUMBERS),
            ]
        )
        columns = list(range(len(CATEGORIES)))
        return make_pipeline(
            encode,
            HistGradientBoostingClassifier(
                categorical_features=columns, random_state=0, **candidate.parameters
            ),
        )
    if candidate.kind == "logistic":
        numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
        encode = ColumnTransformer(
            [
                ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
                ("numbers", numbers, NUMBERS),
            ]
        )
        return make_pipeline(
            encode, LogisticRegression(max_iter=1000, random_state=0, **candidate.parameters)
        )
    raise ValueError(f"candidate {candidate.name} is of kind {candidate.kind!r}; use boosting or logistic")


def fit(candidate: Candidate, table: pd.DataFrame) -> Pipeline:
    # A worker has one core; threads beyond it wait for each other.
    with threadpool_limits(1):
        return build(candidate).fit(table[FEATURES], table[LABEL])


def quality(truth: npt.ArrayLike, probability: npt.ArrayLike) -> Quality:
    """How good probabilities of being late are. One probability for all has an AUC of a half."""
    late, predicted = np.asarray(truth), np.asarray(probability)
    return Quality(
        log_loss=float(log_loss(late, predicted)),
        brier=float(brier_score_loss(late, predicted)),
        auc=float(roc_auc_score(late, predicted)),
        late_rate=float(late.mean()),
        rows=len(late),
    )


def model_quality(model: Pipeline, table: pd.DataFrame) -> Quality:
    return quality(table[LABEL], model.predict_proba(table[FEATURES])[:, 1])


def baseline_quality(train: pd.DataFrame, table: pd.DataFrame) -> Quality:
    """Of knowing nothing of a flight: every one gets the rate of the training months."""
    return quality(table[LABEL], np.full(len(table), train[LABEL].mean()))


def try_candidate(candidate: Candidate, url: str, share: float) -> Quality:
    """Trains on the earlier part of the table and looks at the rest of it. A task for a Dask worker."""
    earlier, later = split_by_time(snapshots.read(url), share)
    return model_quality(fit(candidate, earlier), later)


def train_candidate(candidate: Candidate, url: str) -> Pipeline:
    """Trains on the whole table. A task for a Dask worker."""
    return fit(candidate, snapshots.read(url))

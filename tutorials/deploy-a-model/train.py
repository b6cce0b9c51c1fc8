"""Trains a small model on flights of January, and registers it with what it learned from."""

from __future__ import annotations

from pathlib import Path

import mlflow

from open_mlops import provenance, snapshots
from open_mlops.flights import data, features, models
from open_mlops.flights.registry import register

MODEL = "deploy-a-model"


def train(candidate: str) -> str:
    """Registers a version of the candidate (`open_mlops.flights.models.CANDIDATES`), and returns it."""
    chosen = next(each for each in models.CANDIDATES if each.name == candidate)
    table = features.validate(features.build_features(data.read_flights([1])))
    # The days before the last week train, that week judges.
    late = table["time_hour"] >= "2013-01-25"
    train_table, test_table = (table[where].reset_index(drop=True) for where in (~late, late))
    # Kept under its digest, so that the run can say what it learned from.
    train_data, test_data = (snapshots.write(each, "flights") for each in (train_table, test_table))
    mlflow.set_experiment(MODEL)
    with mlflow.start_run(run_name=candidate):
        # A flow run knows its code by its deployment; here it is what lies in this folder.
        mlflow.set_tags(provenance.of_folder(Path(__file__).parent))
        fitted = models.fit(chosen, train_table)
        found = register(fitted, MODEL, train_data, test_data, {"candidate": candidate, **chosen.parameters})
    print(
        f"{MODEL} version {found.version} is a {candidate} model: log loss {found.quality.log_loss:.4f} "
        f"on {found.quality.rows:,} later flights, {found.baseline.log_loss:.4f} for who predicts the rate"
    )
    return found.version

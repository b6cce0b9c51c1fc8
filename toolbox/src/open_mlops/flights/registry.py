"""How a model of the flights is put into MLflow: what it is, what it learned from, and how good it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import mlflow
from mlflow.models import infer_signature
from sklearn.pipeline import Pipeline

from open_mlops import provenance, snapshots
from open_mlops.snapshots import Snapshot

from .features import FEATURES, LABEL
from .models import Quality, baseline_quality, model_quality


@dataclass(frozen=True)
class Registered:
    """A version, and its quality on flights that it has not seen; `baseline` is of the training's late
    rate.
    """

    version: str
    quality: Quality
    baseline: Quality


def register(
    model: Pipeline,
    name: str,
    train: Snapshot,
    test: Snapshot,
    parameters: Mapping[str, Any],
    reason: str | None = None,
    needs: Sequence[str] = (),
) -> Registered:
    """Logs the model and all that is known of it to the active run, and registers it under the name.

    `needs` are the requirements of a pipeline that is not of scikit-learn alone, such as `xgboost==3.2.0`.
    """
    train_table, test_table = snapshots.read(train.url), snapshots.read(test.url)
    found = model_quality(model, test_table)
    baseline = baseline_quality(train_table, test_table)
    mlflow.set_tags(provenance.tags(reason))
    mlflow.log_params(dict(parameters))
    mlflow.log_metrics(found.metrics("test") | baseline.metrics("baseline"))
    mlflow.log_input(train.dataset(train_table, LABEL), context="training")
    mlflow.log_input(test.dataset(test_table, LABEL), context="testing")
    example = test_table[FEATURES].head(5)
    info = mlflow.sklearn.log_model(
        model,
        name="model",
        # From the whole table, so that what may be missing is known to be optional.
        signature=infer_signature(train_table[FEATURES], model.predict_proba(example)),
        input_example=example,
        # Predictions are probabilities; a server needs no code of ours for that.
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
        pip_requirements=[
            *(f"{each}=={version(each)}" for each in ("scikit-learn", "pandas", "numpy")),
            *needs,
        ],
        registered_model_name=name,
    )
    return Registered(str(info.registered_model_version), found, baseline)

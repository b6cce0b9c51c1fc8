"""XGBoost on a GPU where there is one, and on the processor where not; which it was is found out."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from open_mlops.flights.features import CATEGORIES, FEATURES, LABEL, NUMBERS


@dataclass(frozen=True)
class Device:
    """`name` is XGBoost's `cuda` or `cpu`, `reason` says to a person why it is that."""

    name: str
    reason: str


def device() -> Device:
    """The device that this process can train on."""
    if not xgboost.build_info().get("USE_CUDA"):
        return Device(
            "cpu", "this XGBoost is built without CUDA; an image of the tutorial's Dockerfile has one with"
        )
    if shutil.which("nvidia-smi") is None:
        return Device("cpu", "this machine has no driver of NVIDIA, so no GPU that could be used")
    # A driver without a free GPU, or too old a one, shows only when it is tried.
    try:
        ran = trained_on(boosted(Device("cuda", ""), 1).fit(np.arange(8.0).reshape(-1, 1), np.arange(8) > 3))
    except xgboost.core.XGBoostError as error:
        return Device("cpu", f"the GPU could not be used: {str(error).splitlines()[0]}")
    return Device("cuda", "a GPU trains") if ran == "cuda" else Device("cpu", "XGBoost found no GPU to use")


def boosted(where: Device, trees: int) -> xgboost.XGBClassifier:
    return xgboost.XGBClassifier(n_estimators=trees, learning_rate=0.1, device=where.name, random_state=0)


def trained_on(model: xgboost.XGBClassifier) -> str:
    """What XGBoost itself says: asked for a GPU, it goes on without one and only warns."""
    config = json.loads(model.get_booster().save_config())
    found: str = config["learner"]["generic_param"]["device"]
    return found.split(":")[0]


def fit(table: pd.DataFrame, where: Device, trees: int) -> tuple[Pipeline, str]:
    """The pipeline, and the device that it was trained on. It is served on a processor in any case."""
    encode = ColumnTransformer(
        [
            (
                "categories",
                OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
                CATEGORIES,
            ),
            ("numbers", "passthrough", NUMBERS),
        ]
    )
    pipeline = make_pipeline(encode, boosted(where, trees)).fit(table[FEATURES], table[LABEL])
    model = pipeline.steps[-1][1]
    ran = trained_on(model)
    model.set_params(device="cpu")
    return pipeline, ran

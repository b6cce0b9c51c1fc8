"""A class of one's own: what a model answers is more than what an estimator predicts.

MLflow keeps this file with the model, and runs it where the model is served.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd

CODE = Path(__file__)


class Advice(mlflow.pyfunc.PythonModel):
    """A probability, and what to tell a passenger who has to catch a connection."""

    def load_context(self, context: Any) -> None:
        # By hour of departure: how many of the flights in training were late.
        table = pd.read_csv(context.artifacts["table"])
        self._share = np.interp(np.arange(24), table["hour"], table["late"])
        self._patience = float(context.model_config["patience"])

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        hour = (model_input["departure_minute"] // 60 % 24).astype(int)
        late = self._share[hour]
        advice = np.where(late > self._patience, "take the one before", "all right")
        return pd.DataFrame({"late": late, "advice": advice})


mlflow.models.set_model(Advice())

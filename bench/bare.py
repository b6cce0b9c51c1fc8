"""What the lab's endpoint is measured against: FastAPI and the same model, nothing else.

python -m uvicorn bare:app, with MODEL naming the model's folder.
"""

from __future__ import annotations

import os

import mlflow
import pandas as pd
from fastapi import FastAPI

app = FastAPI()
model = mlflow.sklearn.load_model(os.environ["MODEL"])


@app.post("/predict")
def predict(rows: list[dict[str, str | float | None]]) -> list[list[float]]:
    """Probabilities of each row."""
    return model.predict_proba(pd.DataFrame(rows)).tolist()

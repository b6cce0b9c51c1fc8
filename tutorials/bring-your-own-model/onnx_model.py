"""A model as ONNX: whatever trained it, ONNX Runtime serves it, without the library that trained it."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types.schema import Schema, TensorSpec
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def log(name: str, rows: pd.DataFrame, late: pd.Series[bool]) -> str:
    """Registers a version, and returns it. The model takes one tensor: a row a flight, a number a column."""
    numbers = rows.to_numpy(np.float32)
    trained = make_pipeline(StandardScaler(), LogisticRegression()).fit(numbers, late)
    # Probabilities as an array, not as a dictionary for each row.
    graph = to_onnx(trained, numbers[:1], options={"zipmap": False})
    info = mlflow.onnx.log_model(
        graph,
        name="model",
        signature=ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, numbers.shape[1]))])),
        input_example=numbers[:5],
        onnx_execution_providers=["CPUExecutionProvider"],
        # As for every model that is served: several threads for one request wait for each other.
        onnx_session_options={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        pip_requirements=["onnxruntime"],
        registered_model_name=name,
    )
    return str(info.registered_model_version)

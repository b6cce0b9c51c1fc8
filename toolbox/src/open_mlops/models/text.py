"""A text classifier of Hugging Face, exported to ONNX: what it costs to serve is ONNX Runtime, and not
PyTorch.

    optimum-cli export onnx --model <name> exported/        # where PyTorch is
    text.log_model("exported/", ["negative", "positive"], name="model")

It takes the column `text`, and answers a probability by label.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.model import ModelInfo
from mlflow.types.schema import ColSpec, Schema

FILES = ("model.onnx", "tokenizer.json")


def log_model(
    folder: Path | str, labels: Sequence[str], *, max_length: int = 512, example: str = "a text", **more: Any
) -> ModelInfo:
    """Logs the folder of an export, whose graph gives logits. `labels` are in its order; texts are cut after
    `max_length` tokens.

    `more` goes to `mlflow.pyfunc.log_model`: `name`, `registered_model_name`. ValueError for a folder that
    lacks a file, or labels that are none.
    """
    problems = [
        f"no {name} in {folder}; export the model to ONNX"
        for name in FILES
        if not (Path(folder) / name).is_file()
    ]
    if len(labels) < 2 or len(set(labels)) != len(labels):
        problems.append(f"labels are {list(labels)}; name two or more, each once")
    if problems:
        raise ValueError("; ".join(problems))
    logged: ModelInfo = mlflow.pyfunc.log_model(
        python_model=str(Path(__file__).with_name("text_code.py")),
        artifacts={"folder": str(folder)},
        model_config={"labels": list(labels), "max_length": max_length},
        signature=ModelSignature(
            Schema([ColSpec("string", "text")]), Schema([ColSpec("float", label) for label in labels])
        ),
        input_example=pd.DataFrame({"text": [example]}),
        pip_requirements=["onnxruntime", "tokenizers"],
        **more,
    )
    return logged

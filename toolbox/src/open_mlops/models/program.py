"""A model in any language: a program that reads rows from its standard input and writes predictions.

    program.log_model(["Rscript", "predict.R"], "model/", name="model", signature=..., input_example=...)

The program is started in a copy of the folder, and answers each line with one:

    {"columns": {"distance": [719.0], "carrier": ["UA"]}}     a missing number or word is null
    {"predictions": {"late": [0.25]}}                         by output; or {"error": "why not"}

It ends when its input ends, and is started again when it dies. What it writes to standard error is in the log
of the model server. Its language is not in the model: whoever serves it needs it, as `Rscript` on the lab's
machine, or in the image (`-C image=` in a cluster).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlflow
from mlflow.models.model import ModelInfo


def log_model(
    command: Sequence[str], folder: Path | str, *, patience: float = 60.0, **more: Any
) -> ModelInfo:
    """Logs the folder as a model. `command` runs in it; an answer is waited for `patience` seconds.

    `more` goes to `mlflow.pyfunc.log_model`: `name`, `signature`, `input_example`, `registered_model_name`.
    With an example, the program is run here first. ValueError for an empty command or folder.
    """
    problems = []
    if not command:
        problems.append("the command is empty; name the program, such as Rscript predict.R")
    if not Path(folder).is_dir() or not any(Path(folder).iterdir()):
        problems.append(f"{folder} is no folder with files in it; name the one with the program")
    if problems:
        raise ValueError("; ".join(problems))
    logged: ModelInfo = mlflow.pyfunc.log_model(
        python_model=str(Path(__file__).with_name("program_code.py")),
        artifacts={"folder": str(folder)},
        model_config={"command": list(command), "patience": patience},
        pip_requirements=["mlflow"],
        **more,
    )
    return logged

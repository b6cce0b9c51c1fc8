"""What versions in one process have of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
from runtimes import numbers

from open_mlops.serving.code import load_model

CLASS = """
import mlflow
class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return [number()]
"""


def test_a_class_that_was_logged_twice_is_another_in_each_version(tmp_path: Path) -> None:
    """A notebook defines it once, and a function that it calls again."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(CLASS, space)
    models = []
    for number in (1, 2):
        exec(f"def number():\n    return {number}", space)
        saved = tmp_path / str(number)
        mlflow.pyfunc.save_model(saved, python_model=space["Model"](), pip_requirements=["mlflow"])
        models.append(load_model(str(saved)))
    assert [model.predict(numbers(1)) for model in models] == [[1], [2]]

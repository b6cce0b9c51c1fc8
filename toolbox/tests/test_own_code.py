"""What versions in one process have of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlflow
import pytest
from conftest import PROJECT
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


FOLDERS = """
import builtins, sys
from open_mlops.serving import code

own = code.OwnCode(sys.argv[1])
with own.there():
    sys.path.insert(0, sys.argv[1])
builtins.__import__ = code._import

def late():
    import folder.deeper.late as late
    return late.NUMBER

assert own.asked(late)() == own.asked(late)() == 1
assert not {name for name in sys.modules if name.startswith("folder")}
# A library of the same name that is imported later stays the others'.
library = sys.modules["folder"] = type(sys)("folder")
def more():
    import folder.deeper.more as more
    return more.NUMBER
assert own.asked(more)() == 1 and sys.modules["folder"] is library
"""


@pytest.mark.parametrize("seed", range(4))
def test_folders_of_modules_are_found_in_whatever_order_python_has_their_names(
    tmp_path: Path, seed: int
) -> None:
    """One without __init__.py asks for the one that it is in."""
    (tmp_path / "folder" / "deeper").mkdir(parents=True)
    for name in ("late", "more"):
        (tmp_path / "folder" / "deeper" / f"{name}.py").write_text("NUMBER = 1")
    env = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(PROJECT / "toolbox" / "src")}
    subprocess.run([sys.executable, "-c", FOLDERS, str(tmp_path)], env=env, check=True)

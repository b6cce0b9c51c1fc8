"""Imports when a request comes, in a real server: each version finds modules of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mlflow
import numpy as np
from mlflow.deployments import BaseDeploymentClient
from runtimes import numbers

NAME = "imports"

#: Each way to a module of one's own gives that version's number. Nobody else imports `colorsys`, a library.
MODEL = """
import mlflow
import pandas as pd

class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        import colorsys
        import helper
        import plain.deep.late as late
        from features import encode, in_package
        try:
            import extra
        except ModuleNotFoundError as error:
            assert error.name == "extra", error
            extra = None
        found = {
            "statement": helper.NUMBER,
            "plain folder": late.NUMBER,
            "submodule": in_package.NUMBER,
            "relative": encode.relative(),
            "nested": helper.nested(),
            "extra": extra.NUMBER if extra else 0,
            "library": int(colorsys.rgb_to_hsv(0, 0, 1)[2]),
        }
        return pd.DataFrame([found] * len(model_input))
"""
FILES = {
    "helper.py": "def nested():\n    import beside\n    return beside.NUMBER",
    "beside.py": "",
    "plain/deep/late.py": "",
    "features/__init__.py": "",
    "features/encode.py": "def relative():\n    from . import beside\n    return beside.NUMBER",
    "features/beside.py": "",
    "features/in_package.py": "",
}


def code_of(folder: Path, number: int) -> list[str]:
    """Files of a version, all of the same names; only the first has `extra`."""
    for name, text in {**FILES, **({"extra.py": ""} if number == 1 else {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"NUMBER = {number}\n{text}\n")
    return sorted(str(path) for path in folder.iterdir())


def test_a_request_imports_its_versions_own_modules_and_the_servers_libraries(
    client: BaseDeploymentClient, tmp_path: Path
) -> None:
    for number in (1, 2):
        script = tmp_path / f"model{number}.py"
        script.write_text(f"{MODEL}\nmlflow.models.set_model(Model())\n")
        # The same from a notebook: the class is pickled with its code, and is of no module in the server.
        space = {"__name__": "__main__"}
        exec(MODEL, space)
        pickled = space["Model"]()  # type: ignore[operator]
        for kind, model in (("script", str(script)), ("pickled", pickled)):
            with mlflow.start_run():
                info = mlflow.pyfunc.log_model(
                    python_model=model,
                    code_paths=code_of(tmp_path / str(number), number),
                    name="model",
                    pip_requirements=["mlflow"],
                    registered_model_name=NAME,
                )
            batches = {"max_batch_size": 8} if (kind, number) == ("script", 2) else None
            client.create_deployment(
                f"{kind}-{number}", f"models:/{NAME}/{info.registered_model_version}", config=batches
            )
    names = ("script-1", "script-2", "pickled-1", "pickled-2")

    def ask(name: str) -> tuple[str, dict[str, int]]:
        found = client.predict(name, numbers(2))["predictions"]
        return name, {column: int(np.ravel(found[column])[1]) for column in found}

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, names * 10))
    for name, answer in answers:
        number = int(name[-1])
        ways = dict.fromkeys(("statement", "plain folder", "submodule", "relative", "nested"), number)
        assert answer == {**ways, "extra": number % 2, "library": 1}, name

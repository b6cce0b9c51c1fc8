"""Which kinds of model the serving environment serves: one entry a runtime.

To add one: its package in `constructs/pins/versions.ts` (`shared`, then `npm run lock`), an entry here, and
what the tests make one with. A model of another kind is refused before the server is asked to load it.
"""

from __future__ import annotations

from dataclasses import dataclass

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE


@dataclass(frozen=True)
class Runtime:
    """`flavor` is MLflow's name of it, `loader` the module that loads it as a `python_function`."""

    flavor: str
    loader: str
    serves: str
    #: The module for those whose code is a file, where that is another.
    of_code: str | None = None


RUNTIMES = (
    Runtime("sklearn", "mlflow.sklearn", "scikit-learn, pipelines of it with the others' estimators too"),
    Runtime("xgboost", "mlflow.xgboost", "XGBoost, on CPUs"),
    Runtime("lightgbm", "mlflow.lightgbm", "LightGBM"),
    Runtime("onnx", "mlflow.onnx", "ONNX by ONNX Runtime: whatever exports it, of tensors or columns"),
    Runtime(
        "python_function",
        "mlflow.pyfunc.model",
        "a class of yours with its code; by open_mlops.models also Hugging Face's as ONNX, and R",
        of_code="mlflow.pyfunc.loaders.code_model",
    ),
)

#: What to do instead, where people try first.
_INSTEAD = {
    "transformers": "it needs PyTorch, which takes gigabytes: export it to ONNX and log it with "
    "open_mlops.models.text",
    "sentence_transformers": "export it to ONNX and log it with open_mlops.models.text",
    "pytorch": "export it to ONNX (torch.onnx) and log that with mlflow.onnx",
    "tensorflow": "export it to ONNX (tf2onnx) and log that with mlflow.onnx",
    "keras": "export it to ONNX (tf2onnx) and log that with mlflow.onnx",
    "crate": "log the R program and its model with open_mlops.models.program",
}


def runtime_of(folder: str) -> Runtime:
    """The runtime of the model in this folder. MlflowException for what none is there for, and what to do."""
    flavors = Model.load(folder).flavors
    loader = flavors.get("python_function", {}).get("loader_module", "")
    for runtime in RUNTIMES:
        if loader in (runtime.loader, runtime.of_code):
            return runtime
    if loader and not loader.startswith("mlflow."):
        # A loader module of the model's own code.
        return next(runtime for runtime in RUNTIMES if runtime.flavor == "python_function")
    kinds = [name for name in flavors if name != "python_function"]
    instead = [f"{name}: {_INSTEAD[name]}" for name in kinds if name in _INSTEAD]
    raise MlflowException(
        f"the model is of {', '.join(kinds) or loader or 'no flavour'}, which is not served here; served are "
        f"{', '.join(runtime.flavor for runtime in RUNTIMES)}"
        + "".join(f"; {each}" for each in instead or ["log it as a class of yours (mlflow.pyfunc)"]),
        INVALID_PARAMETER_VALUE,
    )


def check_flavor(flavor: str | None, model_uri: str) -> None:
    """That the model has what `--flavor` asks for."""
    if flavor is None:
        return
    flavors = list(mlflow.models.get_model_info(model_uri).flavors)
    if flavor not in flavors:
        raise MlflowException(
            f"flavour is {flavor!r}; {model_uri} has {', '.join(flavors)}: leave it out, and it is found",
            INVALID_PARAMETER_VALUE,
        )

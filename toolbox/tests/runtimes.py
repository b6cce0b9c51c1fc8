"""A small model of each runtime, and one more of each kind of signature, logged as people would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from mlflow.models import infer_signature
from mlflow.models.model import ModelInfo
from mlflow.types.schema import Schema, TensorSpec
from models import sample, trained
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer, models, pre_tokenizers

from open_mlops.models import text

NUMBERS = ["number", "count"]


def numbers(rows: int, seed: int = 0) -> pd.DataFrame:
    """Floats, some of them missing, and whole numbers as floats."""
    return sample(rows, seed)[NUMBERS].astype(float)


def late(frame: pd.DataFrame) -> pd.Series[bool]:
    return frame["number"].fillna(0) + frame["count"] / 100 > 0.5


def logged(package: str, name: str) -> dict[str, Any]:
    """With its requirement said, which MLflow otherwise finds out in a process of its own."""
    return {"name": "model", "pip_requirements": [package], "registered_model_name": name}


def of_sklearn(name: str) -> ModelInfo:
    found, fitted = sample(200), trained(1)
    return mlflow.sklearn.log_model(
        fitted,
        name="model",
        signature=infer_signature(found, fitted.predict_proba(found)),
        pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
        pip_requirements=["scikit-learn"],
        registered_model_name=name,
    )


def of_xgboost(name: str) -> ModelInfo:
    found = numbers(200)
    fitted = xgboost.XGBRegressor(n_estimators=5).fit(found, late(found))
    signature = infer_signature(found, fitted.predict(found))
    return mlflow.xgboost.log_model(fitted, signature=signature, **logged("xgboost", name))


def of_lightgbm(name: str) -> ModelInfo:
    found = numbers(200)
    fitted = lightgbm.LGBMRegressor(n_estimators=5, verbose=-1).fit(found, late(found))
    signature = infer_signature(found, fitted.predict(found))
    return mlflow.lightgbm.log_model(fitted, signature=signature, **logged("lightgbm", name))


def of_onnx(name: str) -> ModelInfo:
    """Takes one tensor without a name, and answers a class and probabilities."""
    found = numbers(200).fillna(0).to_numpy(np.float32)
    fitted = LogisticRegression().fit(found, late(numbers(200)))
    graph = to_onnx(fitted, found[:1], options={"zipmap": False})
    signature = mlflow.models.ModelSignature(Schema([TensorSpec(np.dtype("float32"), (-1, 2))]))
    return mlflow.onnx.log_model(graph, signature=signature, **logged("onnxruntime", name))


def of_class(name: str) -> ModelInfo:
    class Sum(mlflow.pyfunc.PythonModel):
        """Pickled with its code, as a class of a notebook is: this module is not where it is served."""

        def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:
            words = ["early"] * len(model_input)
            return pd.DataFrame({"sum": model_input["number"] + model_input["count"], "word": words})

    found = numbers(20)
    signature = infer_signature(found, Sum().predict(None, found))
    return mlflow.pyfunc.log_model(python_model=Sum(), signature=signature, **logged("pandas", name))


#: By flavour: what makes a model of it.
MAKERS: dict[str, Callable[[str], ModelInfo]] = {
    "sklearn": of_sklearn,
    "xgboost": of_xgboost,
    "lightgbm": of_lightgbm,
    "onnx": of_onnx,
    "python_function": of_class,
}
#: What each is asked.
ROWS: dict[str, Any] = {
    **{flavor: numbers(40, 3) for flavor in MAKERS},
    "sklearn": sample(40, 3),
    "onnx": numbers(40, 3).fillna(0).to_numpy(np.float32),
}


def two_tensors(name: str) -> ModelInfo:
    """A graph of pictures and weights, both by name: the mean of each picture, times its weight."""
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 4, 3])
    weight = helper.make_tensor_value_info("weight", TensorProto.FLOAT, ["n", 1])
    light = helper.make_tensor_value_info("light", TensorProto.FLOAT, ["n", 3])
    axes = numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["picture", "axes"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "weight"], ["light"]),
        ],
        "pictures",
        [picture, weight],
        [light],
        [axes],
    )
    signature = mlflow.models.ModelSignature(
        Schema(
            [
                TensorSpec(np.dtype("float32"), (-1, 4, 3), "picture"),
                TensorSpec(np.dtype("float32"), (-1, 1), "weight"),
            ]
        )
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    return mlflow.onnx.log_model(model, signature=signature, **logged("onnxruntime", name))


def exported_text(folder: Path) -> Path:
    """The two files of an export of a text classifier, of a graph as small as can be: `late` and `delayed`
    count.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = ["[PAD]", "[UNK]", "the", "flight", "is", "late", "delayed", "on", "time"]
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = np.zeros((len(words), 2), dtype=np.float32)
    weights[words.index("late")] = weights[words.index("delayed")] = [-1, 1]
    weights[words.index("time")] = [1, -1]
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["weights", "input_ids"], ["each"]),
            helper.make_node("Cast", ["attention_mask"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["real", "last"], ["mask"]),
            helper.make_node("Mul", ["each", "mask"], ["masked"]),
            helper.make_node("ReduceSum", ["masked", "one"], ["logits"], keepdims=0),
        ],
        "text",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([-1], dtype=np.int64), "last"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "one"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    return folder


def of_text(name: str, folder: Path) -> ModelInfo:
    return text.log_model(
        exported_text(folder), ["on time", "late"], name="model", registered_model_name=name
    )

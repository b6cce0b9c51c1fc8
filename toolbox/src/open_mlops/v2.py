"""DataFrames and tensors to and from the JSON of the Open Inference Protocol (V2). Floats come back exactly
as they were.

One column is one input of shape [rows, 1]. A missing value is null: NaN among floats, None among strings.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Json = dict[str, Any]

_NUMPY_OF_DATATYPE = {
    "BOOL": np.dtype("bool"),
    **{f"INT{bits}": np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)},
}
_DATATYPE_OF_NUMPY = {dtype: datatype for datatype, dtype in _NUMPY_OF_DATATYPE.items()}


def encode_request(frame: pd.DataFrame) -> Json:
    """The body of `POST /v2/models/<name>/infer` that sends every row of the frame."""
    if frame.empty:
        raise ValueError(
            f"the frame has {len(frame)} rows and {len(frame.columns)} columns; send at least one of each"
        )
    return {
        "parameters": {"content_type": "pd"},
        "inputs": [_encode_column(str(name), frame[name]) for name in frame.columns],
    }


def encode_tensors(tensors: Mapping[str, npt.NDArray[Any]]) -> Json:
    """The body that sends these inputs, each in its shape. Rows come first, as many in each."""
    if not tensors or len({values.shape[:1] for values in tensors.values()}) != 1:
        shapes = {name: list(values.shape) for name, values in tensors.items()}
        raise ValueError(f"the inputs have the shapes {shapes}; send at least one, all with as many rows")
    return {
        "inputs": [
            {"name": name, "shape": list(values.shape), **_tensor(name, values.ravel())}
            for name, values in tensors.items()
        ]
    }


def decode_request(body: Json) -> pd.DataFrame:
    """The frame that `encode_request` was given, with a plain index."""
    return pd.DataFrame({tensor["name"]: _decode(tensor).ravel() for tensor in body["inputs"]})


def encode_response(model: str, outputs: dict[str, npt.NDArray[Any]], version: str | None = None) -> Json:
    """The body a V2 server answers with."""
    return {
        "model_name": model,
        **({"model_version": version} if version else {}),
        "outputs": [
            {
                "name": name,
                "shape": list(values.shape),
                **_tensor(name, values.ravel()),
            }
            for name, values in outputs.items()
        ],
    }


def decode_response(body: Json) -> dict[str, npt.NDArray[Any]]:
    """Every output by name, in the shape and type that the server says."""
    if "outputs" not in body:
        raise ValueError(f"not a V2 response, it has no outputs: {str(body)[:300]}")
    return {tensor["name"]: _decode(tensor) for tensor in body["outputs"]}


def _encode_column(name: str, column: pd.Series[Any]) -> Json:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    values: npt.NDArray[Any] = column.to_numpy()
    return {"name": name, "shape": [len(values), 1], **_tensor(name, values)}


def _tensor(name: str, values: npt.NDArray[Any]) -> Json:
    datatype = _DATATYPE_OF_NUMPY.get(values.dtype)
    if datatype is None:
        return {
            "datatype": "BYTES",
            "data": [_text(name, value) for value in values],
            "parameters": {"content_type": "str"},
        }
    data = values.tolist()
    if datatype.startswith("FP"):
        data = [_number(name, value) for value in data]
    return {"datatype": datatype, "data": data, "parameters": {"content_type": "np"}}


def _text(name: str, value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    raise TypeError(
        f"column {name} has {value!r} of type {type(value).__name__}; send numbers, booleans or strings"
    )


def _number(name: str, value: float) -> float | None:
    if math.isinf(value):
        raise ValueError(f"column {name} has {value}, which JSON cannot say; replace it")
    return None if math.isnan(value) else value


def _decode(tensor: Json) -> npt.NDArray[Any]:
    flat = list(_flatten(tensor["data"]))
    if tensor["datatype"] == "BYTES":
        values = np.empty(len(flat), dtype=object)
        values[:] = flat
    else:
        try:
            dtype = _NUMPY_OF_DATATYPE[tensor["datatype"]]
        except KeyError:
            known = ", ".join(sorted(_NUMPY_OF_DATATYPE))
            raise ValueError(
                f"{tensor['name']} is of datatype {tensor['datatype']}; known are BYTES, {known}"
            ) from None
        # NumPy makes null NaN among floats, and refuses it among integers.
        values = np.array(flat, dtype=dtype)
    return values.reshape(tensor["shape"])


def _flatten(data: Any) -> Iterable[Any]:
    """V2 allows a tensor's data nested or flat."""
    if isinstance(data, list):
        for item in data:
            yield from _flatten(item)
    else:
        yield data

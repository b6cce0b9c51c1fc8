"""MLflow models of every flavour, with a short way from a V2 request to the model and back."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.types.schema import ColSpec, DataType, TensorSpec
from mlserver.types import InferenceRequest, InferenceResponse
from mlserver.utils import get_model_uri
from mlserver_mlflow import MLflowRuntime as StandardRuntime
from mlserver_mlflow.codecs import TensorDictCodec
from mlserver_mlflow.metadata import to_metadata_tensors, to_model_content_type

from .batcher import Batcher, Columns
from .code import close, load_model
from .turn import Turn

Json = dict[str, Any]
logger = logging.getLogger("mlserver")

_DTYPES = {
    "BOOL": np.dtype("bool"),
    **{f"INT{bits}": np.dtype(f"int{bits}") for bits in (8, 16, 32, 64)},
    **{f"UINT{bits}": np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64)},
    **{f"FP{bits}": np.dtype(f"float{bits}") for bits in (16, 32, 64)},
}
_DATATYPES = {dtype: name for name, dtype in _DTYPES.items()}
_WORDS = np.dtype(object)
#: Content types of a whole request: a table, one tensor, several.
_TABLES = ("pd", "np", "dict")
#: What a column of the signature is in a frame; words are objects.
_SIMPLE = {
    DataType.boolean: np.dtype("bool"),
    DataType.integer: np.dtype("int32"),
    DataType.long: np.dtype("int64"),
    DataType.float: np.dtype("float32"),
    DataType.double: np.dtype("float64"),
    DataType.string: _WORDS,
}


class MLflowRuntime(StandardRuntime):
    """MLServer's runtime, which loads beside the server's work and answers tables and tensors by a short way.

    The short way is for models whose signature is columns, or tensors, of numbers, words and truth values.
    Its answers are the standard way's; what it does not know goes that way.
    """

    _dtypes: dict[str, np.dtype[Any]] | None = None
    #: Inputs are arrays of any shape, and not a table's columns.
    _tensors = False
    #: One tensor without a name, which the model takes as it is.
    _unnamed = False
    _batcher: Batcher | None = None
    #: MLflow neither adds parameters nor makes other objects of a table.
    _plain_call = False

    async def load(self) -> bool:
        uri = await get_model_uri(self._settings)
        # Requests to other models are answered meanwhile.
        self._model = await asyncio.to_thread(_load, uri)
        self._input_schema = self._model.metadata.get_input_schema()
        self._signature = self._model.metadata.signature
        self._sync_metadata()
        self._dtypes = self._simple_dtypes()
        metadata = self._model.metadata
        self._plain_call = not (
            metadata.get_params_schema()
            or metadata._is_signature_from_type_hint()
            or metadata._is_type_hint_from_example()
        )
        size, wait = self._settings.max_batch_size, self._settings.max_batch_time
        self._turn = Turn(self._settings.name)
        self._batcher = Batcher(self._frame_predict, size, wait, self._turn) if size > 1 else None
        return True

    def _sync_metadata(self) -> None:
        """As MLServer's own, which fails where a signature says nothing of inputs or of outputs."""
        signature = self._signature
        if signature is not None and signature.inputs and signature.outputs:
            super()._sync_metadata()
        elif signature is not None and signature.inputs:
            self.inputs = to_metadata_tensors(signature.inputs)
            self._settings.parameters.content_type = to_model_content_type(signature.inputs)

    def encode_response(self, payload: Any, default_codec: Any = None) -> Any:
        """As MLServer's own, which knows neither lists of numbers nor pandas' columns nor arrays of words."""
        if isinstance(payload, list | tuple | pd.Series):
            payload = np.asarray(payload)
        if isinstance(payload, np.ndarray) and payload.dtype.kind in "OU" and payload.ndim == 1:
            payload = payload.tolist()
        return super().encode_response(payload, default_codec)

    async def unload(self) -> bool:
        # MLServer calls it for one that could not be loaded, too.
        await asyncio.to_thread(close, getattr(self, "_model", None))
        if hasattr(self, "_turn"):
            self._turn.end()
        return True

    def _simple_dtypes(self) -> dict[str, np.dtype[Any]] | None:
        """The inputs' types by name, where the short way knows all of them."""
        inputs = self._input_schema.inputs if self._input_schema else []
        if all(isinstance(each, ColSpec) and each.type in _SIMPLE and each.name for each in inputs):
            return {each.name: _SIMPLE[each.type] for each in inputs} or None
        self._tensors = all(isinstance(each, TensorSpec) for each in inputs)
        if not self._tensors:
            return None
        self._unnamed = inputs[0].name is None
        types = [_WORDS if each.type.kind in "OUS" else each.type for each in inputs]
        if not all(dtype == _WORDS or dtype in _DATATYPES for dtype in types):
            return None
        return dict(zip([tensor.name for tensor in self.inputs], types, strict=True))

    def columns(self, request: Json) -> Columns | None:
        """The request as columns, or None when it has something that only the standard way knows.

        MlflowException for what that would take for something else.
        """
        if self._dtypes is None or request.get("outputs") or not _plain(request.get("parameters"), *_TABLES):
            return None
        found: Columns = {}
        rows = None
        for tensor in request.get("inputs") or ():
            name, data, shape = tensor["name"], tensor["data"], tensor["shape"]
            words = self._dtypes.get(name) == _WORDS
            kind = "str" if words else "np"
            if not _plain(tensor.get("parameters"), kind) or not isinstance(data, list):
                return None
            # V2 allows data nested too.
            if not shape or len(data) != math.prod(shape) or (data and isinstance(data[0], list)):
                return None
            if rows not in (None, shape[0]) or not (self._tensors or shape[1:] in ([], [1])):
                return None
            rows = shape[0]
            dtype = _DTYPES.get(tensor["datatype"])
            if words and (tensor["datatype"] != "BYTES" or not all(type(word) is str for word in data)):
                return None
            if not words and dtype is None:
                return None
            if tensor["datatype"] == "BOOL" and None in data:
                # Python takes it for no.
                raise MlflowException(
                    f"input {name} is BOOL and has null; send true or false, or let the model take numbers",
                    INVALID_PARAMETER_VALUE,
                )
            values = np.array(data, dtype=dtype or _WORDS)
            found[name] = values.reshape(shape) if self._tensors else values
        return found or None

    async def answer(self, columns: Columns) -> list[Json]:
        """V2's outputs for the columns."""
        if self._batcher:
            predicted = await self._batcher.predict(columns)
        elif self._turn.apart:
            predicted = await self._turn.there(self._frame_predict, columns)
        else:
            predicted = self._turn.here(self._frame_predict, columns)
        if isinstance(predicted, np.ndarray) and predicted.dtype in _DATATYPES:
            return [_tensor("output-1", predicted)]
        encoded = self.encode_response(predicted, default_codec=TensorDictCodec)
        return list(encoded.model_dump(exclude_none=True, exclude_unset=True)["outputs"])

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """The standard way, which waits for nothing of the loop."""

        def standard() -> InferenceResponse:
            return asyncio.run(super(MLflowRuntime, self).predict(payload))

        if self._turn.apart:
            return await self._turn.there(standard)
        return await self._turn.timed(super().predict(payload))

    def _frame_predict(self, columns: Columns) -> Any:
        if self._tensors:
            return self._model.predict(next(iter(columns.values())) if self._unnamed else columns)
        if self._as_signed(columns):
            # What `predict` would check is so already; its check costs a fifth of a small model's time.
            frame = pd.DataFrame({name: columns[name] for name in self._dtypes or ()})
            return self._model._predict_fn(frame)
        return self._model.predict(pd.DataFrame(columns))

    def _as_signed(self, columns: Columns) -> bool:
        """Whether these are the signature's columns, all of them and no others, in exactly its types."""
        if self._dtypes is None or not self._plain_call:
            return False
        return len(columns) == len(self._dtypes) and all(
            (values := columns.get(name)) is not None and values.dtype == dtype
            for name, dtype in self._dtypes.items()
        )


def _load(uri: str) -> Any:
    model = load_model(uri)
    try:
        example = model.input_example
        if example is not None:
            # What a library does at its first prediction is done before a client waits for it.
            model.predict(example)
    except Exception as error:
        logger.warning("the model's input example could not be predicted: %s", error)
    return model


def _plain(parameters: Json | None, *kinds: str) -> bool:
    """Whether they say nothing but a content type that is meant anyway."""
    return not parameters or (parameters.get("content_type") in kinds and len(parameters) == 1)


def _tensor(name: str, values: Any) -> Json:
    # V2 knows no vector without a batch: MLServer writes [rows, 1].
    shape = list(values.shape) if values.ndim > 1 else [len(values), 1]
    data = values.ravel().tolist()
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        data = [value if value == value else None for value in data]
    datatype = _DATATYPES[values.dtype]
    return {
        "name": name,
        "shape": shape,
        "datatype": datatype,
        "parameters": {"content_type": "np"},
        "data": data,
    }

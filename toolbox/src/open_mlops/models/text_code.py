"""Serves a model of `open_mlops.models.text`: words to tokens, tokens to logits, logits to probabilities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import onnxruntime
import pandas as pd
from mlflow.pyfunc.model import PythonModel
from tokenizers import Tokenizer


class TextModel(PythonModel):
    def load_context(self, context: Any) -> None:
        folder = Path(context.artifacts["folder"])
        self._labels = list(context.model_config["labels"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(int(context.model_config["max_length"]))
        if self._tokenizer.padding is None:
            self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        # As for every model that is served: several threads for one request wait for each other.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._takes = {each.name for each in self._session.get_inputs()}

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> Any:
        encoded = self._tokenizer.encode_batch([str(text) for text in model_input["text"]])
        feeds = {
            "input_ids": np.array([each.ids for each in encoded], dtype=np.int64),
            "attention_mask": np.array([each.attention_mask for each in encoded], dtype=np.int64),
            "token_type_ids": np.array([each.type_ids for each in encoded], dtype=np.int64),
        }
        logits = self._session.run(None, {name: feeds[name] for name in feeds if name in self._takes})[0]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return pd.DataFrame(odds / odds.sum(axis=1, keepdims=True), columns=self._labels)


mlflow.models.set_model(TextModel())

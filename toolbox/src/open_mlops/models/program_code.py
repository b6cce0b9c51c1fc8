"""Serves a model of `open_mlops.models.program`: keeps its program running, and asks it."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import threading
import time
import weakref
from typing import Any

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel

Json = dict[str, Any]


class ProgramModel(PythonModel):
    """One request at a time; the program is one process."""

    def load_context(self, context: Any) -> None:
        self._folder = context.artifacts["folder"]
        self._command = list(context.model_config["command"])
        self._patience = float(context.model_config["patience"])
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        if shutil.which(self._command[0], path=self._path()) is None:
            raise FileNotFoundError(
                f"the model runs by {self._command[0]}, which this machine has not; install it where models "
                "are served (Debian has R as r-base-core and r-cran-jsonlite), or use an image that has it"
            )
        with self._lock:
            self._start()

    def predict(self, context: Any, model_input: pd.DataFrame, params: Json | None = None) -> Any:
        columns = {str(name): _plain(model_input[name]) for name in model_input.columns}
        line = json.dumps({"columns": columns}, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            try:
                answer = self._ask(line)
            except BrokenPipeError:
                # It died since the last request, or in this one: a second death is this request's doing.
                self._start()
                try:
                    answer = self._ask(line)
                except BrokenPipeError:
                    raise RuntimeError(f"{' '.join(self._command)} ended twice at one request") from None
        if "error" in answer:
            raise MlflowException(str(answer["error"]), INVALID_PARAMETER_VALUE)
        predictions = pd.DataFrame(answer["predictions"])
        if len(predictions) != len(model_input):
            raise RuntimeError(f"the program answered {len(predictions)} rows to {len(model_input)}")
        return predictions

    def close(self) -> None:
        """Called by the model server when the model is no longer served."""
        with self._lock:
            self._stop()

    def _path(self) -> str:
        return os.pathsep.join([self._folder, os.environ.get("PATH", os.defpath)])

    def _start(self) -> None:
        self._stop()
        self._process = subprocess.Popen(
            self._command,
            cwd=self._folder,
            env={**os.environ, "PATH": self._path()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        # When this process is killed the program's input ends, and so does the program.
        weakref.finalize(self, _end, self._process)

    def _stop(self) -> None:
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _ask(self, line: bytes) -> Json:
        if self._process is None:
            self._start()
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        into, out = process.stdin.fileno(), process.stdout.fileno()
        os.set_blocking(into, False)
        deadline, left, found = time.monotonic() + self._patience, memoryview(line), b""
        with selectors.DefaultSelector() as ready:
            ready.register(out, selectors.EVENT_READ)
            ready.register(into, selectors.EVENT_WRITE)
            while not found.endswith(b"\n"):
                events = ready.select(max(deadline - time.monotonic(), 0))
                if not events:
                    self._stop()
                    raise TimeoutError(f"{' '.join(self._command)} did not answer in {self._patience:g} s")
                for key, _ in events:
                    if key.fd == into:
                        # More than a pipe takes at once: the program may answer before it has read all.
                        left = left[os.write(into, left) :]
                        if not left:
                            ready.unregister(into)
                        continue
                    chunk = os.read(out, 1 << 16)
                    if not chunk:
                        raise BrokenPipeError
                    found += chunk
        try:
            return dict(json.loads(found))
        except ValueError:
            raise RuntimeError(f"the program answered {found[:200]!r}, which is no line of JSON") from None


def _plain(column: pd.Series[Any]) -> list[Any]:
    values: list[Any] = column.astype(object).where(column.notna(), None).tolist()
    return values


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        try:
            if stream is not None:
                stream.close()
        except BrokenPipeError:
            pass
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


mlflow.models.set_model(ProgramModel())

"""The calls of the Open Inference Protocol that deployments need. An error says what the server said."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import numpy.typing as npt
from mlflow.deployments import PredictionsResponse
from mlflow.exceptions import MlflowException

from open_mlops import v2
from open_mlops.tokens import PlatformAuth

from .inputs import encode

#: What both targets serve a model as; the command line of MLflow asks for it.
FLAVOR = "python_function"
#: Answers of a door whose server is starting or restarting.
_TRANSIENT = {502, 503, 504}
_ERROR = re.compile(r"^[A-Za-z_][\w.]*: ", re.MULTILINE)


class V2Server:
    """One server that speaks V2, with its model repository calls."""

    def __init__(self, address: str, *, patience: float = 60.0, timeout: float = 120.0):
        self.address = address.rstrip("/")
        self._patience = patience
        self._http = httpx.Client(
            base_url=self.address,
            timeout=timeout,
            trust_env=False,
            # Of the environment this alone is heeded: SSL_CERT_FILE, for a platform with an own authority.
            verify=httpx.create_ssl_context(),
            auth=PlatformAuth(),
        )

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. A server that is not there is waited for; a refusal is an error at once."""
        deadline = time.monotonic() + self._patience
        pause = 0.2
        while True:
            try:
                response = self._http.request(method, path, json=body)
                if response.status_code not in _TRANSIENT:
                    break
                problem = _said(response)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            if time.monotonic() + pause > deadline:
                raise MlflowException(
                    f"{method} {self.address}{path} failed for {self._patience:g} s: {problem}"
                )
            time.sleep(pause)
            pause = min(pause * 2, 5)
        if response.is_error:
            raise MlflowException(f"{method} {self.address}{path} answered {_said(response)}")
        return response.json() if response.content else None

    def load(self, model: str) -> None:
        """Loads what its repository now has; a loaded model answers until the new one is ready."""
        self.call("POST", f"/v2/repository/models/{model}/load")

    def unload(self, model: str) -> None:
        self.call("POST", f"/v2/repository/models/{model}/unload")

    def index(self) -> dict[str, str]:
        """State by model."""
        return {item["name"]: item["state"] for item in self.call("POST", "/v2/repository/index", {})}

    def versions(self, model: str) -> list[str]:
        """What the running model says it is."""
        return list(self.call("GET", f"/v2/models/{model}").get("versions") or [])

    def predict(self, model: str, inputs: Any) -> PredictionsResponse:
        """Predictions of an unnamed output as nested lists, of named ones by name; every float exact.

        `inputs` is a DataFrame or what makes one, or for a model of tensors an array, or arrays by name.
        Numbers are sent as what the model takes: 4 as 4.0, and rounded where it takes floats of 32 bits.
        """
        takes = self.call("GET", f"/v2/models/{model}").get("inputs") or []
        body = self.call("POST", f"/v2/models/{model}/infer", encode(inputs, takes))
        outputs = v2.decode_response(body)
        unnamed = len(outputs) == 1 and next(iter(outputs)).startswith("output-")
        predictions = (
            next(iter(outputs.values())).tolist()
            if unnamed
            else {name: _by_row(values).tolist() for name, values in outputs.items()}
        )
        return PredictionsResponse({"predictions": predictions, "model": body.get("model_name", model)})


def _by_row(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A column is a list of values, anything wider a list of lists."""
    return values.ravel() if values.size == len(values) else values


def _said(response: httpx.Response) -> str:
    """The server's own words, whether in the shape of the protocol or not."""
    try:
        body = response.json()
        words = body.get("error") or body.get("detail") if isinstance(body, dict) else body
    except ValueError:
        words = response.text
    if isinstance(words, str) and "Traceback (most recent call last)" in words:
        # MLServer answers with the whole of it; what went wrong begins at the last line that names an error.
        words = words[max((found.start() for found in _ERROR.finditer(words)), default=0) :]
    return f"{response.status_code}: {str(words or response.reason_phrase).strip()[:3000]}"

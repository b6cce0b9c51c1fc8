"""The way of a prediction over HTTP: gives it an id, answers it, and logs it before the answer is sent."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import orjson
from mlflow.exceptions import MlflowException
from mlserver.errors import MLServerError, ModelNotReady
from mlserver.handlers import DataPlane
from mlserver.model import MLModel

from ..served import parse_served_name
from .log import Exchange, InferenceLog
from .options import KEY, LogOptions, log_options
from .runtime import MLflowRuntime

Json = dict[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

logger = logging.getLogger("mlserver")
_UNLOAD = re.compile(r"/v2/repository/models/(?P<name>[^/]+)/unload")
#: Seconds that an unload waits for requests under way, at most.
_DRAIN = 60.0
#: Seconds without a request after which a model is unloaded. What the door sent before it was told otherwise
#: may be on its way: in the door, or in a socket that was not read yet.
_QUIET = 3.0
_INFER = re.compile(r"/v2/models/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?/infer")
#: What only MLServer's own way reads: compressed bodies, and tensors as bytes behind the JSON.
_FOREIGN = {b"content-encoding", b"inference-header-content-length"}


class Inference:
    """ASGI before MLServer's application: predictions stop here, everything else goes through."""

    def __init__(self, app: App, data_plane: DataPlane, log: InferenceLog | None):
        self._app = app
        self._data_plane = data_plane
        self._log = log
        self._under_way: Counter[str] = Counter()
        self._asked: dict[str, float] = {}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        posted = scope["type"] == "http" and scope["method"] == "POST"
        if posted and (unload := _UNLOAD.fullmatch(scope["path"])):
            await self._drained(unload["name"])
        found = posted and _INFER.fullmatch(scope["path"])
        if not found:
            return await self._app(scope, receive, send)
        self._under_way[found["name"]] += 1
        try:
            await self._infer(found, scope, receive, send)
        finally:
            self._ended(found["name"])

    def _ended(self, name: str) -> None:
        self._under_way[name] -= 1
        if not self._under_way[name]:
            del self._under_way[name]
        # Any name may be asked for; what is not served is not remembered.
        if name in self._data_plane._model_registry._models:
            self._asked[name] = time.monotonic()

    async def _drained(self, name: str) -> None:
        """A model that is taken away answers first what it was asked, and what is on its way to it."""
        deadline = time.monotonic() + _DRAIN
        while (now := time.monotonic()) < deadline:
            if not self._under_way[name] and now - self._asked.get(name, 0.0) > _QUIET:
                break
            await asyncio.sleep(0.05)
        self._asked.pop(name, None)

    async def _infer(
        self, found: re.Match[str], scope: MutableMapping[str, Any], receive: Receive, send: Send
    ) -> None:
        headers = dict(scope["headers"])
        if not _FOREIGN.isdisjoint(headers):
            return await self._app(scope, receive, send)
        begun, clock = time.time(), time.perf_counter()
        body = await _read(receive)
        try:
            request = orjson.loads(body)
            model = await self._data_plane._model_registry.get_model(found["name"], found["version"])
            inputs = request["inputs"]
        except (orjson.JSONDecodeError, KeyError, TypeError, MLServerError):
            # Not a request to a model of ours; MLServer says what it is.
            return await self._app(scope, _replay(body), send)
        trace = _trace(headers)
        if not request.get("id"):
            request["id"] = trace or uuid.uuid4().hex
        answer = await self._answer(scope, request, model)
        if self._log is not None:
            name, version = identity(model)
            exchange = Exchange(
                request_id=str(request["id"]),
                trace_id=trace,
                model=name,
                version=version,
                time=begun,
                latency=time.perf_counter() - clock,
                status=answer.status,
                inputs=inputs,
                outputs=answer.outputs,
                error=answer.error,
            )
            self._log.add(exchange, options_of(model))
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: MutableMapping[str, Any], request: Json, model: MLModel) -> Answer:
        columns = None
        if isinstance(model, MLflowRuntime):
            # The standard way says what is wrong with it.
            with suppress(KeyError, TypeError, ValueError):
                columns = model.columns(request)
        if columns is None:
            return await self._standard(scope, request, model)
        labels = {"model": model.name, "version": model.version}
        with self._data_plane._ModelInferRequestDuration.labels(**labels).time():
            try:
                if not model.ready:
                    raise ModelNotReady(model.name, model.version)
                outputs = await model.answer(columns)
            except Exception as error:
                self._data_plane._ModelInferRequestFailure.labels(**labels).inc()
                return failed(error)
        self._data_plane._ModelInferRequestSuccess.labels(**labels).inc()
        name, version = identity(model)
        body = {
            "model_name": name,
            "model_version": version,
            "id": request["id"],
            "parameters": {"content_type": "np"},
            "outputs": outputs,
        }
        return Answer(200, orjson.dumps(body, default=_text), outputs)

    async def _standard(self, scope: MutableMapping[str, Any], request: Json, model: MLModel) -> Answer:
        """MLServer's own way, for other runtimes and for what they alone know."""
        body = orjson.dumps(request)
        headers = [(key, value) for key, value in scope["headers"] if key != b"content-length"]
        scope = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
        start: Message = {}
        chunks: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        try:
            await self._app(scope, _replay(body), keep)
        except Exception:
            # The application has answered (`failed`, by its handler), and raises all the same for its server.
            if not start:
                raise
        content = b"".join(chunks)
        outputs: list[Json] = []
        error = None
        if (b"content-encoding", b"gzip") not in start["headers"]:
            try:
                said = orjson.loads(content)
                outputs, error = said.get("outputs") or [], said.get("error") or said.get("detail")
                if outputs:
                    # What the version is called on this server is nothing to the client.
                    said["model_name"], said["model_version"] = identity(model)
                    content = orjson.dumps(said)
            except orjson.JSONDecodeError:
                pass
        answer = Answer(start["status"], content, outputs, error and str(error))
        kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        answer.headers = [*kept, (b"content-length", str(len(content)).encode())]
        return answer


class Answer:
    """What is sent, and what of it is logged."""

    def __init__(self, status: int, body: bytes, outputs: list[Json], error: str | None = None):
        self.status = status
        self.body = body
        self.outputs = outputs
        self.error = error
        self.headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]


def failed(error: Exception) -> Answer:
    """The error in V2's shape. What a model does not take is the client's fault, and no fault of the
    server.
    """
    status = 500
    if isinstance(error, MLServerError):
        status = error.status_code
    elif isinstance(error, MlflowException):
        status = error.get_http_status_code()
    said = f"{type(error).__name__}: {error}"
    if status >= 500:
        logger.exception("a prediction failed", exc_info=error)
    return Answer(status, orjson.dumps({"error": said}), [], said)


def identity(model: MLModel) -> tuple[str, str]:
    """The deployment's name, and the version that its settings say."""
    name, version = parse_served_name(model.name)
    said = model.settings.versions
    return name, said[0] if said else version or model.version or "none"


def options_of(model: MLModel) -> LogOptions:
    """The model's, read once: settings do not change while a model is served."""
    known = getattr(model, "_log_options", None)
    if known is None:
        parameters = model.settings.parameters
        known = log_options(getattr(parameters, KEY, None))
        model._log_options = known
    return known


def _trace(headers: dict[bytes, bytes]) -> str | None:
    """W3C's `traceparent`, or what a cluster's edge calls the request: a shadow's copy has it too."""
    parts = headers.get(b"traceparent", b"").decode("latin-1").split("-")
    if len(parts) == 4 and len(parts[1]) == 32:
        return parts[1]
    try:
        return uuid.UUID(headers.get(b"x-request-id", b"").decode("latin-1")).hex
    except ValueError:
        return None


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    raise TypeError(type(value).__name__)


async def _read(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

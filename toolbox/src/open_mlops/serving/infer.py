"""The way of a prediction over HTTP: gives it an id, answers it, and logs it before the answer is sent."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import traceback
import uuid
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import orjson
from mlflow.exceptions import MlflowException
from mlserver.errors import MLServerError, ModelNotReady
from mlserver.handlers import DataPlane
from mlserver.model import MLModel

from .body import BodyError, Message, Receive, read, replay, scope_of
from .known import known
from .log import Exchange, InferenceLog
from .runtime import MLflowRuntime

Json = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

logger = logging.getLogger("mlserver")
_UNLOAD = re.compile(r"/v2/repository/models/(?P<name>[^/]+)/unload")
#: Seconds that an unload waits for requests under way, at most.
_DRAIN = 60.0
#: Seconds without a request after which a model is unloaded. What the door sent before it was told otherwise
#: may be on its way: in the door, or in a socket that was not read yet.
_QUIET = 3.0
#: `generate` is another name that MLServer has for the same.
_INFER = re.compile(r"/v2/models/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?/(?:infer|generate)")


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
        encoding = headers.get(b"content-encoding")
        begun, clock = time.time(), time.perf_counter()
        try:
            body = await read(receive, encoding)
        except BodyError as error:
            said = orjson.dumps({"error": f"{type(error).__name__}: {error}"})
            return await _send(Answer(error.status, said, []), send)
        if encoding is not None:
            scope = scope_of(scope, body)
        try:
            request = orjson.loads(body)
            model = await self._data_plane._model_registry.get_model(found["name"], found["version"])
            inputs = request["inputs"]
        except (orjson.JSONDecodeError, KeyError, TypeError, MLServerError):
            # Not a request to a model of ours; MLServer says what it is.
            return await self._app(scope, replay(body), send)
        trace = _trace(headers)
        given = request.get("id")
        if not given:
            # Not the trace's: a client may make many requests in one.
            request["id"] = uuid.uuid4().hex
        answer = await self._answer(scope, request, model)
        if self._log is not None:
            told = known(model)
            exchange = Exchange(
                request_id=str(request["id"]),
                trace_id=trace,
                model=told.model,
                version=told.version,
                registered_model=told.registered_model,
                registered_version=told.registered_version,
                time=begun,
                latency=time.perf_counter() - clock,
                status=answer.status,
                inputs=inputs,
                outputs=answer.outputs,
                error=answer.error,
            )
            shared = exchange.request_id
            if told.log.sample < 1 and trace and not given:
                # What a shadow's copy has too.
                shared = f"{trace}-{zlib.crc32(body)}"
            self._log.add(exchange, told.log, shared)
        await _send(answer, send)

    async def _answer(self, scope: MutableMapping[str, Any], request: Json, model: MLModel) -> Answer:
        columns = None
        if isinstance(model, MLflowRuntime):
            try:
                columns = model.columns(request)
            except MlflowException as error:
                return failed(error, quiet=False)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                # The standard way says what is wrong with it.
                pass
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
                return failed(error, quiet=bool(known(model).log.drop))
        self._data_plane._ModelInferRequestSuccess.labels(**labels).inc()
        told = known(model)
        body = {
            "model_name": told.model,
            "model_version": told.version,
            "id": request["id"],
            "parameters": {"content_type": "np"},
            "outputs": outputs,
        }
        return Answer(200, orjson.dumps(body, default=_text), outputs)

    async def _standard(self, scope: MutableMapping[str, Any], request: Json, model: MLModel) -> Answer:
        """MLServer's own way, for other runtimes and for what they alone know."""
        body = orjson.dumps(request)
        start: Message = {}
        chunks: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        try:
            await self._app(scope_of(scope, body), replay(body), keep)
        except Exception:
            # The application has answered (`failed`, by its handler), and raises all the same for its server.
            if not start:
                raise
        content = b"".join(chunks)
        outputs: list[Json] = []
        error = None
        with suppress(orjson.JSONDecodeError):
            said = orjson.loads(content)
            outputs, error = said.get("outputs") or [], said.get("error") or said.get("detail")
            if outputs:
                # What the version is called on this server is nothing to the client.
                said["model_name"], said["model_version"] = known(model).model, known(model).version
                content = orjson.dumps(said)
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


def failed(error: Exception, quiet: bool) -> Answer:
    """The error in V2's shape. What a model does not take is the client's fault, and no fault of the
    server. Errors quote what was asked: the server's log has one without its words where it is `quiet`.
    """
    status = 500
    if isinstance(error, MLServerError):
        status = error.status_code
    elif isinstance(error, MlflowException):
        status = error.get_http_status_code()
    said = f"{type(error).__name__}: {error}"
    if status >= 500 and quiet:
        logger.error("a prediction failed, with words that are not logged\n%s", _places(error))
    elif status >= 500:
        logger.exception("a prediction failed", exc_info=error)
    return Answer(status, orjson.dumps({"error": said}), [], said)


def _places(error: BaseException) -> str:
    """Kinds and places of an error and of those that it came from, the newest first."""
    told, seen = [], set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        told.append(f"{type(found).__name__}\n{''.join(traceback.format_tb(found.__traceback__))}")
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)
    return "from ".join(told)


async def _send(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


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

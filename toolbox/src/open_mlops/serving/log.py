"""The inference log as a server keeps it: counted, sampled, and never in the way of a prediction."""

from __future__ import annotations

import logging
import time
import zlib
from dataclasses import dataclass
from typing import Any

import orjson
from prometheus_client import Counter

from .journal import Journal
from .options import LogOptions

Json = dict[str, Any]
logger = logging.getLogger("mlserver.inference_log")

LOGGED = Counter("inference_log_requests", "Requests written to the inference log", ["model", "version"])
LOST = Counter("inference_log_lost", "Requests that could not be written", ["model", "version"])


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it. `time` is seconds since 1970, `latency` seconds in the server."""

    request_id: str
    trace_id: str | None
    model: str
    version: str
    registered_model: str | None
    registered_version: str | None
    time: float
    latency: float
    status: int
    #: As the client sent them, which may be anything.
    inputs: Any
    outputs: list[Json]
    error: str | None = None


class InferenceLog:
    """Appends to the journal. What goes wrong is counted, and told once a minute."""

    def __init__(self, journal: Journal):
        self._journal = journal
        self._told = 0.0

    def serves(self, model: str, version: str) -> None:
        """Counts what is lost of it from 0: Prometheus sees no growth where it has seen nothing before."""
        LOST.labels(model, version)

    def add(self, exchange: Exchange, options: LogOptions, shared: str) -> None:
        """Returns when the row is safe from a kill of this process, or lost. Raises nothing. `shared` is the
        same for the request and its copy.
        """
        if options.sample < 1 and not chosen(shared, options.sample):
            return
        try:
            self._journal.append(orjson.dumps(_line(exchange, options.drop), default=str))
            LOGGED.labels(exchange.model, exchange.version).inc()
        except Exception as error:
            LOST.labels(exchange.model, exchange.version).inc()
            if time.monotonic() - self._told > 60:
                self._told = time.monotonic()
                logger.error("a request was answered and not logged: %s: %s", type(error).__name__, error)


def chosen(shared: str, share: float) -> bool:
    """The same for the same words, in every process."""
    return zlib.crc32(shared.encode()) < share * 2**32


def _line(exchange: Exchange, drop: tuple[str, ...]) -> Json:
    return {
        "id": exchange.request_id,
        "trace": exchange.trace_id,
        "model": exchange.model,
        "version": exchange.version,
        "registered_model": exchange.registered_model,
        "registered_version": exchange.registered_version,
        "time": exchange.time,
        "latency": exchange.latency,
        "status": exchange.status,
        "error": _error(exchange.error) if drop else exchange.error,
        "in": _tensors(exchange.inputs, drop),
        "out": _tensors(exchange.outputs, drop),
    }


def _error(said: str | None) -> str | None:
    """Its kind alone: a model that refuses a value quotes it, or the whole row."""
    kind = said.partition(": ")[0] if said else ""
    return said and (kind if kind.isidentifier() else "not logged")


def _tensors(tensors: Any, drop: tuple[str, ...]) -> list[Json]:
    # A request that is refused may have anything in their place.
    return [
        {"name": tensor.get("name"), "shape": tensor.get("shape"), "data": tensor.get("data")}
        for tensor in (tensors if isinstance(tensors, list) else ())
        if isinstance(tensor, dict) and tensor.get("name") not in drop
    ]

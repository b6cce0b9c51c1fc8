"""MLServer with our way of a prediction, our runtime for MLflow's models, and the inference log."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path
from typing import Any

import mlserver_mlflow
import uvicorn
from mlserver.batching import load_batching
from mlserver.cli.serve import load_settings
from mlserver.logging import configure_logger
from mlserver.model import MLModel
from mlserver.registry import model_initialiser
from mlserver.rest import RESTServer
from mlserver.server import MLServer
from mlserver.settings import ModelSettings, Settings
from mlserver.utils import install_uvloop_event_loop
from starlette.requests import Request
from starlette.responses import Response

from .infer import Inference, failed
from .journal import Journal
from .known import known
from .log import InferenceLog
from .runtime import MLflowRuntime
from .shipper import Shipper

#: Where the journal is kept. Without it, or without OPEN_MLOPS_DATA, nothing is logged.
JOURNAL = "OPEN_MLOPS_INFERENCE_JOURNAL"
DATA = "OPEN_MLOPS_DATA"
#: Seconds between two Parquet files.
INTERVAL = "OPEN_MLOPS_INFERENCE_LOG_SECONDS"
#: Seconds that an idle connection is kept: longer than who stands before the server keeps one (Traefik 90 s,
#: Envoy an hour). A server that closes first may do so while a request is on its way, which is then lost.
KEEP_ALIVE = 3900


class Server(MLServer):
    """Listens when its models are loaded: who finds it gets no answer that a model is not there yet."""

    def __init__(self, settings: Settings):
        self._shipper: Shipper | None = None
        self._log: InferenceLog | None = None
        journal, data = os.environ.get(JOURNAL), os.environ.get(DATA)
        if journal and data:
            lines = Journal(Path(journal))
            self._log = InferenceLog(lines)
            self._shipper = Shipper(lines, data, float(os.environ.get(INTERVAL, "10")))
        super().__init__(settings)

    def _create_model_registry(self) -> Any:
        registry = super()._create_model_registry()
        if not self._settings.parallel_workers:
            registry._model_initialiser = self._initialise
            registry._on_model_load = [self.add_custom_handlers, _load_batching]
        return registry

    def _initialise(self, settings: ModelSettings) -> MLModel:
        """A wrong option of the log keeps the model from being served, and says so."""
        implementation = settings.implementation
        ours = implementation is mlserver_mlflow.MLflowRuntime
        model = MLflowRuntime(settings) if ours else model_initialiser(settings)
        told = known(model)
        if self._shipper is not None and self._log is not None:
            self._shipper.keep(told.model, told.log.days)
            self._log.serves(told.model, told.version)
        return model

    def _create_servers(self) -> None:
        super()._create_servers()
        self._rest_server = _RESTServer(self._settings, self._data_plane, self._model_repository_handlers)
        self._rest_server.log = self._log

    async def start(self, models_settings: list[ModelSettings] | None = None) -> None:
        await asyncio.gather(*(self._model_registry.load(each) for each in models_settings or []))
        if self._shipper is not None:
            self._shipper.start()
        try:
            await super().start([])
        finally:
            if self._shipper is not None:
                await asyncio.to_thread(self._shipper.stop)


class _RESTServer(RESTServer):
    log: InferenceLog | None = None

    def _get_config(self) -> uvicorn.Config:
        self._app.add_exception_handler(Exception, self._say)
        config: uvicorn.Config = super()._get_config()
        config.app = Inference(self._app, self._data_plane, self.log)
        config.lifespan = "off"
        config.timeout_keep_alive = KEEP_ALIVE
        return config

    async def _say(self, request: Request, error: Exception) -> Response:
        """In the shape of the protocol, as MLServer's own errors are."""
        models = await self._data_plane._model_registry.get_models()
        # It does not say which of them has failed.
        answer = failed(error, quiet=any(known(model).log.drop for model in models))
        return Response(answer.body, answer.status, media_type="application/json")


async def _load_batching(model: MLModel) -> MLModel:
    # Our runtime gathers requests itself.
    return model if isinstance(model, MLflowRuntime) else await load_batching(model)


def run(folder: str) -> None:
    """Serves the models of the folder until it is told to stop."""

    async def serve() -> None:
        settings, models = await load_settings(folder)
        server = Server(settings)
        # What was imported lives as long as the process: the collector need not look through it again.
        gc.collect()
        gc.freeze()
        await server.start(models)

    configure_logger()
    install_uvloop_event_loop()
    asyncio.run(serve())

"""Deploys MLflow models to an MLServer of this machine, by its model repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
)

from .http import FLAVOR, V2Server
from .models import resolve
from .names import check_name
from .repository import Entry, entries


class MLServerDeploymentClient(BaseDeploymentClient):
    """Target `mlserver://127.0.0.1:PORT?models=/absolute/model/repository`."""

    def __init__(self, target_uri: str):
        # MLflow's own constructor has no types.
        super().__init__(target_uri)  # type: ignore[no-untyped-call]
        target = urlsplit(target_uri)
        folder = parse_qs(target.query).get("models", [""])[0]
        if not target.netloc or not folder.startswith("/"):
            raise MlflowException(
                f"target is {target_uri!r}; use mlserver://<host>:<port>?models=/<absolute folder>",
                INVALID_PARAMETER_VALUE,
            )
        self._server = V2Server(f"http://{target.netloc}")
        self._repository = Path(folder)

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves the model under the name, which must be free. Returns when it answers."""
        entry = self._entry(name)
        with entry.locked():
            if entry.read() is not None:
                raise MlflowException(f"{name} is deployed already; update it", RESOURCE_ALREADY_EXISTS)
            self._put(entry, model_uri)
        return self.get_deployment(name)

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves another model under the name. The one that is served answers until the new one is ready."""
        entry = self._entry(name)
        with entry.locked():
            record = self._existing(entry)
            self._put(entry, model_uri or record["model_uri"])
        return self.get_deployment(name)

    def delete_deployment(
        self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None
    ) -> None:
        """Stops serving the name; one that is not deployed is no error."""
        entry = self._entry(name)
        with entry.locked():
            if entry.read() is None:
                return
            loaded = self._server.index().get(name) == "READY"
            entry.write(None)
            if loaded:
                self._server.unload(name)
            entry.clean()

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        states = self._server.index()
        return [self._describe(entry, states) for entry in entries(self._repository)]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        entry = self._entry(name)
        self._existing(entry)
        return self._describe(entry, self._server.index())

    def predict(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> PredictionsResponse:
        """Asks the deployment over V2. `inputs` is a DataFrame or what makes one."""
        if not deployment_name:
            raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
        return self._server.predict(deployment_name, inputs)

    def _put(self, entry: Entry, model_uri: str) -> None:
        model = resolve(model_uri)
        before = entry.read()
        loaded = False
        try:
            settings = entry.settings_for(model, entry.fetch(model))
            entry.write(settings)
            self._server.load(entry.name)
            loaded = True
            running = self._server.versions(entry.name)
            if running != [model.label]:
                raise MlflowException(f"the server says it runs {running}, expected [{model.label!r}]")
        except BaseException as error:
            # The server kept the model that it had; a restart of it must find that one too.
            entry.write(before)
            if loaded and before:
                self._server.load(entry.name)
            if not isinstance(error, Exception):
                raise
            kept = (
                f"version {before['versions'][0]} is still served"
                if before
                else "nothing is served under the name"
            )
            raise MlflowException(
                f"{entry.name} could not be deployed from {model.uri}; {kept}: {error}"
            ) from error
        finally:
            entry.clean()

    def _entry(self, name: str) -> Entry:
        check_name(name)
        return Entry(self._repository, name)

    def _existing(self, entry: Entry) -> dict[str, str]:
        record = entry.record()
        if record is None:
            deployed = ", ".join(found.name for found in entries(self._repository)) or "nothing"
            raise MlflowException(
                f"no deployment {entry.name}; deployed is {deployed}", RESOURCE_DOES_NOT_EXIST
            )
        return record

    def _describe(self, entry: Entry, states: dict[str, str]) -> dict[str, Any]:
        return {
            # The record names the model; the deployment may be called otherwise.
            **(entry.record() or {}),
            "name": entry.name,
            "flavor": FLAVOR,
            "state": states.get(entry.name, "UNAVAILABLE"),
            "endpoint": f"{self._server.address}/v2/models/{entry.name}/infer",
        }


def run_local(
    name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None
) -> None:
    """Deploys to the server of this machine that OPEN_MLOPS_SERVING_TARGET names."""
    target = os.environ.get("OPEN_MLOPS_SERVING_TARGET", "")
    if not target.startswith("mlserver://"):
        raise MlflowException(
            f"OPEN_MLOPS_SERVING_TARGET is {target!r}; set it to {target_help().splitlines()[0]}",
            INVALID_PARAMETER_VALUE,
        )
    MLServerDeploymentClient(target).create_deployment(name, model_uri, flavor, config)


def target_help() -> str:
    """What `mlflow deployments help -t mlserver` prints."""
    return """mlserver://<host>:<port>?models=/<absolute folder of its model repository>

Serves MLflow models with an MLServer that runs on this machine. Models are read from the tracking server
(MLFLOW_TRACKING_URI), put into the repository, and loaded by the V2 repository calls. An update takes over
when it is ready; one that fails leaves the model that was served. No config."""

"""Deploys MLflow models to an MLServer of this machine, by its model repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops.door import Routes, Split
from open_mlops.release_plan import Place

from . import client
from .http import V2Server
from .models import ResolvedModel
from .options import options
from .place import MLServerPlace
from .runtimes import RUNTIMES
from .versions import Versions


class MLServerDeploymentClient(client.DeploymentClient):
    """Target `mlserver://127.0.0.1:PORT?models=/absolute/model/repository&routes=/absolute/folder`.

    With `routes`, the folder of the front door, a new version is loaded beside the old one, and the old one
    stays until it has answered what it was asked.
    """

    versions: Versions

    def __init__(self, target_uri: str):
        super().__init__(target_uri)
        target = urlsplit(target_uri)
        folder = parse_qs(target.query).get("models", [""])[0]
        if not target.netloc or not folder.startswith("/"):
            raise MlflowException(
                f"target is {target_uri!r}; use mlserver://<host>:<port>?models=/<absolute folder>",
                INVALID_PARAMETER_VALUE,
            )
        self.server = V2Server(f"http://{target.netloc}")
        self._repository = Path(folder)
        self.splits = "routes" in parse_qs(target.query)
        routes = Routes.of_target(target_uri) if self.splits else None
        self.versions = Versions(self._repository, self.server, routes)

    def place(self, name: str) -> Place:
        if not self.splits:
            raise MlflowException(
                f"target is {self.target_uri!r}; a release by strategy needs a front door: &routes=/<folder>",
                INVALID_PARAMETER_VALUE,
            )
        return super().place(name)

    def check(self, config: dict[str, Any]) -> None:
        options(config)

    def _place(self, name: str) -> Place:
        return MLServerPlace(name, self._repository, self.server, self.versions)

    def _put(self, place: Place, model: ResolvedModel, config: dict[str, Any]) -> None:
        answering = self.versions.answering(place.name)
        chosen = options(config, answering.read() if answering else None)
        # What cannot be sent to is not left loaded.
        self.versions.load(place.name, model, chosen, lambda: place.direct(Split({model.label: 1})))
        place.retire([model.label])

    def _record(self, name: str) -> dict[str, str] | None:
        answering = self.versions.answering(name)
        return answering.record() if answering else None

    def _answering(self, name: str) -> tuple[V2Server, str]:
        answering = self.versions.answering(name)
        return self.server, answering.name if answering else name

    def _said(self, name: str) -> dict[str, Any]:
        _, served = self._answering(name)
        return {"state": self.server.index().get(served, "UNAVAILABLE")}


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
    served = "\n".join(f"  {runtime.flavor:<16} {runtime.serves}" for runtime in RUNTIMES)
    return f"""mlserver://<host>:<port>?models=/<absolute folder of its model repository>
    and behind a front door: &routes=/<absolute folder of its routes>

Serves MLflow models with an MLServer that runs on this machine. Models are read from the tracking server
(MLFLOW_TRACKING_URI), put into the repository, and loaded by the V2 repository calls. An update takes over
when it is ready; one that fails leaves the model that was served.

flavours that are served (found in the model; -f is not needed):
{served}

config (-C key=value); an update keeps what it does not name:
  max_batch_size   rows of one batch; default: no batches
  max_batch_time   seconds that a batch waits for others; default: 0
  log_sample       share of requests in the inference log; default: 1
  log_drop         inputs and outputs that are never logged, with commas
  log_days         days that rows are kept; default: 30

config of an update that is a release, behind a front door:
  strategy         rolling, blue-green, canary or shadow
  steps            a canary's percentages; default: 10,50
  interval         seconds of a step; default: 30
  gate             YAML file of open_mlops.gate

explain prints a line a row and output: prediction, base, and contribution.<input> for each input. It loads
the version that answers where the command runs, and takes at most 60 s."""

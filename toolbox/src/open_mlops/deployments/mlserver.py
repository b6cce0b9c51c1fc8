"""Deploys MLflow models to an MLServer of this machine, by its model repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pandas as pd
from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
)

from open_mlops.door import Routes, Split
from open_mlops.release_plan import ReleaseError

from .explain import explain
from .http import FLAVOR, V2Server
from .models import resolve
from .names import check_name
from .options import options
from .place import MLServerPlace
from .releasing import release, unfinished
from .repository import Entry
from .runtimes import RUNTIMES, check_flavor
from .versions import Versions


class MLServerDeploymentClient(BaseDeploymentClient):
    """Target `mlserver://127.0.0.1:PORT?models=/absolute/model/repository&routes=/absolute/folder`.

    With `routes`, the folder of the front door, a new version is loaded beside the old one, and the old one
    stays until it has answered what it was asked.
    """

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
        routes = Routes.of_target(target_uri) if "routes" in parse_qs(target.query) else None
        self.versions = Versions(self._repository, self._server, routes)

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves the model under the name, which must be free. Returns when it answers.

        The flavour is found in the model; one that is given must be there.
        """
        check_flavor(flavor, model_uri)
        with self._changing(name):
            if self.versions.answering(name):
                raise MlflowException(f"{name} is deployed already; update it", RESOURCE_ALREADY_EXISTS)
            self._put(name, model_uri, options(config))
        return self.get_deployment(name)

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves another model under the name. The one that is served answers until the new one is ready.

        With a `strategy` in the config it is released by it; MlflowException says why it was rolled back.
        """
        if model_uri:
            check_flavor(flavor, model_uri)
        if config and "strategy" in config:
            self._existing(name)
            release(self, name, model_uri, config)
            return self.get_deployment(name)
        with self._changing(name):
            settings = self._existing(name).read() or {}
            uri = model_uri or settings["parameters"]["extra"]["model_uri"]
            self._put(name, uri, options(config, settings))
        return self.get_deployment(name)

    def delete_deployment(
        self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None
    ) -> None:
        """Stops serving the name; one that is not deployed is no error."""
        with self._changing(name) as place:
            place.close()

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        states = self._server.index()
        return [self._describe(name, states) for name in self.versions.deployments()]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        check_name(name)
        self._existing(name)
        return self._describe(name, self._server.index())

    def predict(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> PredictionsResponse:
        """Asks the deployment over V2. `inputs` is a DataFrame or what makes one."""
        if not deployment_name:
            raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
        return self._server.predict(deployment_name, inputs)

    def explain(
        self, deployment_name: str | None = None, df: Any = None, endpoint: str | None = None
    ) -> pd.DataFrame:
        """What each input contributes to each prediction (`open_mlops.deployments.explain`), of the version
        that answers; of the one with the greatest share where there are several.
        """
        if not deployment_name:
            raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
        check_name(deployment_name)
        entry = self._existing(deployment_name)
        record = entry.record() or {}
        return explain(
            record["model_uri"],
            record.get("run_id"),
            pd.DataFrame(df),
            lambda rows: self._server.predict(entry.name, rows)["predictions"],
        )

    def _put(self, name: str, model_uri: str, settings: dict[str, Any]) -> None:
        model = resolve(model_uri)
        split = Split({model.label: 1})
        self.versions.load(name, model, settings, lambda: self.versions.direct(name, split))
        self.versions.retire(name, keep=[model.label])

    @contextmanager
    def _changing(self, name: str) -> Iterator[MLServerPlace]:
        """One changes a deployment at a time."""
        place = self._place(name)
        try:
            with place.alone():
                if place.journal() is not None:
                    raise unfinished(name)
                yield place
        except ReleaseError as error:
            raise MlflowException(str(error)) from error

    def _place(self, name: str) -> MLServerPlace:
        check_name(name)
        return MLServerPlace(name, self._repository, self._server, self.versions)

    def place(self, name: str) -> MLServerPlace:
        """The deployment as releases by strategy see it."""
        if self.versions.routes is None:
            raise MlflowException(
                f"target is {self.target_uri!r}; a release by strategy needs a front door: &routes=/<folder>",
                INVALID_PARAMETER_VALUE,
            )
        return self._place(name)

    def check(self, config: dict[str, Any]) -> None:
        """MlflowException lists everything that is wrong."""
        options(config)

    def _existing(self, name: str) -> Entry:
        entry = self.versions.answering(name)
        if entry is None:
            deployed = ", ".join(self.versions.deployments()) or "nothing"
            raise MlflowException(f"no deployment {name}; deployed is {deployed}", RESOURCE_DOES_NOT_EXIST)
        return entry

    def _describe(self, name: str, states: dict[str, str]) -> dict[str, Any]:
        entry, split = self.versions.answering(name), self.versions.split(name)
        answering = entry.name if entry else name
        described: dict[str, Any] = {
            "flavor": FLAVOR,
            # The record names the model; the deployment may be called otherwise.
            **((entry.record() if entry else None) or {}),
            "name": name,
            "state": states.get(answering, "UNAVAILABLE"),
            "endpoint": f"{self._server.address}/v2/models/{name}/infer",
        }
        if split:
            described["weights"] = dict(split.weights)
            if split.shadow is not None:
                described["shadow"] = split.shadow
        return described


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

"""Deployments wherever they run: what `mlflow deployments` asks for, of what a place says of itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import pandas as pd
from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
)

from open_mlops import rollout
from open_mlops.door import Split
from open_mlops.release_plan import PLAN_KEYS, Place, ReleaseError, plan_of

from .explain import explain
from .http import FLAVOR, V2Server
from .models import ResolvedModel, resolve
from .names import check_name
from .runtimes import check_flavor


class VersionsOfPlace(Protocol):
    def deployments(self) -> list[str]:
        """Names that something answers under."""

    def split(self, name: str) -> Split | None:
        """Who answers, where versions run beside each other."""


class DeploymentClient(BaseDeploymentClient):
    """The client behind `mlserver://`, `seldon://` and `kserve://`. MLflow takes every client that a plugin's
    module has by name for the plugin's own, so those import this module and not the class.
    """

    versions: VersionsOfPlace
    #: Where clients find models, whichever version answers.
    server: V2Server
    #: Whether versions run beside each other, as releases need it.
    splits = True

    def __init__(self, target_uri: str):
        # MLflow's own constructor has no types.
        super().__init__(target_uri)  # type: ignore[no-untyped-call]

    @abstractmethod
    def _place(self, name: str) -> Place:
        """The deployment as changes of it see it."""

    @abstractmethod
    def _put(self, place: Place, model: ResolvedModel, config: dict[str, Any]) -> None:
        """Serves the model alone, once it is ready. What the config does not name stays as it was."""

    @abstractmethod
    def _record(self, name: str) -> dict[str, str] | None:
        """What made the version that answers: of the one with the greatest share where there are several."""

    @abstractmethod
    def _answering(self, name: str) -> tuple[V2Server, str]:
        """The server of the version that answers, past the split, and what the version is called there."""

    @abstractmethod
    def _said(self, name: str) -> dict[str, Any]:
        """`state`, READY or why not, and what else the place says of the deployment."""

    @abstractmethod
    def check(self, config: dict[str, Any]) -> None:
        """MlflowException lists everything that is wrong with a config that versions are to be served by."""

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
        with self._changing(name) as place:
            if self._record(name) is not None:
                raise MlflowException(f"{name} is deployed already; update it", RESOURCE_ALREADY_EXISTS)
            self._put(place, resolve(model_uri), config or {})
        return self.get_deployment(name)

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves another model under the name, or the same one otherwise. What is served answers until the
        new one is ready, and goes on where it never is. What the config does not name stays as it was.

        With a `strategy` in the config it is released by it; MlflowException says why it was rolled back.
        """
        if model_uri:
            check_flavor(flavor, model_uri)
        if config and "strategy" in config:
            self._existing(name)
            self._release(name, model_uri, config)
            return self.get_deployment(name)
        with self._changing(name) as place:
            running = self._existing(name)
            self._put(place, resolve(model_uri or running["model_uri"]), config or {})
        return self.get_deployment(name)

    def delete_deployment(
        self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None
    ) -> None:
        """Stops serving the name; one that is not deployed is no error."""
        with self._changing(name) as place:
            place.close()

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        return [self._describe(name) for name in self.versions.deployments()]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        check_name(name)
        self._existing(name)
        return self._describe(name)

    def predict(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> PredictionsResponse:
        """Asks the deployment over V2. `inputs` is a DataFrame or what makes one."""
        return self.server.predict(_named(deployment_name), inputs)

    def explain(
        self, deployment_name: str | None = None, df: Any = None, endpoint: str | None = None
    ) -> pd.DataFrame:
        """What each input contributes to each prediction (`open_mlops.deployments.explain`), of the version
        that answers; of the one with the greatest share where there are several.
        """
        name = _named(deployment_name)
        check_name(name)
        running = self._existing(name)
        server, served = self._answering(name)
        return explain(
            running["model_uri"],
            running.get("run_id"),
            pd.DataFrame(df),
            lambda rows: server.predict(served, rows)["predictions"],
        )

    def place(self, name: str) -> Place:
        """The deployment as releases by strategy see it."""
        check_name(name)
        return self._place(name)

    def _release(self, name: str, model_uri: str | None, config: dict[str, Any]) -> None:
        """By the config's strategy; what the config says beside it is for the new version."""
        model = resolve(model_uri or "")
        if model.name is None or model.version is None:
            raise MlflowException(
                f"model URI is {model_uri!r}; a release needs models:/<name>/<version> or @<alias>",
                INVALID_PARAMETER_VALUE,
            )
        rest = {key: value for key, value in config.items() if key not in PLAN_KEYS}
        self.check(rest)
        try:
            plan = replace(plan_of(model.name, model.version, config), config=rest)
        except (ValueError, OSError) as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error
        try:
            outcome = rollout.run(self.place(name), plan)
        except ReleaseError as error:
            raise MlflowException(str(error)) from error
        if not outcome.promoted:
            raise MlflowException(
                f"{name} version {model.version} was rolled back, version {outcome.served} is served: "
                f"{outcome.reason}"
            )

    @contextmanager
    def _changing(self, name: str) -> Iterator[Place]:
        """One changes a deployment at a time, and none that has a release under way."""
        check_name(name)
        place = self._place(name)
        try:
            with place.alone():
                if place.journal() is not None:
                    raise ReleaseError(
                        f"a release of {name} is under way or was interrupted; wait, or resume it or roll it "
                        f"back: python -m open_mlops.releases {name} --resume"
                    )
                yield place
        except ReleaseError as error:
            raise MlflowException(str(error)) from error

    def _existing(self, name: str) -> dict[str, str]:
        found = self._record(name)
        if found is None:
            deployed = ", ".join(self.versions.deployments()) or "nothing"
            raise MlflowException(f"no deployment {name}; deployed is {deployed}", RESOURCE_DOES_NOT_EXIST)
        return found

    def _describe(self, name: str) -> dict[str, Any]:
        described: dict[str, Any] = {
            "flavor": FLAVOR,
            # The record names the model; the deployment may be called otherwise.
            **(self._record(name) or {}),
            "name": name,
            "endpoint": f"{self.server.address}/v2/models/{name}/infer",
            **self._said(name),
        }
        if split := self.versions.split(name):
            described["weights"] = dict(split.weights)
            if split.shadow is not None:
                described["shadow"] = split.shadow
        return described


def _named(name: str | None) -> str:
    if not name:
        raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
    return name

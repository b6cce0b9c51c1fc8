"""Deployments in a cluster, whichever component serves them: the client behind `seldon://` and `kserve://`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
)

from open_mlops.door import Split
from open_mlops.release_plan import ReleaseError

from ..explain import explain
from ..http import FLAVOR, V2Server
from ..models import ResolvedModel, resolve
from ..names import check_name
from ..releasing import release, unfinished
from ..runtimes import check_flavor
from .api import Cluster
from .kinds import Kind, config_of, label_of, record
from .lease import Lease
from .options import serving
from .place import ClusterPlace
from .settings import read_settings
from .versions import ClusterVersions


class ClusterDeploymentClient(BaseDeploymentClient):
    """Target `<scheme>://<namespace>`. What else it needs to know the platform wrote in that namespace."""

    kind: Kind

    def __init__(self, target_uri: str):
        # MLflow's own constructor has no types.
        super().__init__(target_uri)  # type: ignore[no-untyped-call]
        namespace = urlsplit(target_uri).netloc
        if not namespace:
            raise MlflowException(
                f"target is {target_uri!r}; use {self.kind.scheme}://<namespace>", INVALID_PARAMETER_VALUE
            )
        self._cluster = Cluster(namespace)
        self._settings = read_settings(self._cluster)
        self.versions = ClusterVersions(self._cluster, self.kind, self._settings)

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves the model under the name, which must be free. Returns when every pod answers."""
        check_flavor(flavor, model_uri)
        with self._changing(name) as place:
            if self.versions.answering(name) is not None:
                raise MlflowException(f"{name} is deployed already; update it", RESOURCE_ALREADY_EXISTS)
            self._put(place, resolve(model_uri), dict(config or {}))
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
            release(self, name, model_uri, config)
            return self.get_deployment(name)
        with self._changing(name) as place:
            before = self._existing(name)
            model = resolve(model_uri or record(before)["model_uri"])
            self._put(place, model, {**config_of(before), **(config or {})})
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
        """Asks the deployment over V2, from inside the cluster. `inputs` is a DataFrame or what makes one."""
        if not deployment_name:
            raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
        return V2Server(self._settings.inside.address).predict(deployment_name, inputs)

    def explain(
        self, deployment_name: str | None = None, df: Any = None, endpoint: str | None = None
    ) -> pd.DataFrame:
        """What each input contributes to each prediction (`open_mlops.deployments.explain`), of the version
        that answers; of the one with the greatest share where there are several.
        """
        if not deployment_name:
            raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
        check_name(deployment_name)
        found = self._existing(deployment_name)
        running, server = record(found), self.versions.server(deployment_name, label_of(found))
        return explain(
            running["model_uri"],
            running.get("run_id"),
            pd.DataFrame(df),
            lambda rows: server.predict(deployment_name, rows)["predictions"],
        )

    def place(self, name: str) -> ClusterPlace:
        """The deployment as releases by strategy see it."""
        check_name(name)
        return ClusterPlace(name, self.versions, Lease(self._cluster, name))

    def check(self, config: dict[str, Any]) -> None:
        """MlflowException lists everything that is wrong."""
        serving(config, self._settings)

    def _put(self, place: ClusterPlace, model: ResolvedModel, config: dict[str, Any]) -> None:
        self.versions.load(place.name, model, config)
        place.direct(Split({model.label: 1}))
        place.retire([model.label])

    @contextmanager
    def _changing(self, name: str) -> Iterator[ClusterPlace]:
        """One changes a deployment at a time."""
        place = self.place(name)
        try:
            with place.alone():
                if place.journal() is not None:
                    raise unfinished(name)
                yield place
        except ReleaseError as error:
            raise MlflowException(str(error)) from error

    def _existing(self, name: str) -> dict[str, Any]:
        found = self.versions.answering(name)
        if found is None:
            deployed = ", ".join(self.versions.deployments()) or "nothing"
            raise MlflowException(f"no deployment {name}; deployed is {deployed}", RESOURCE_DOES_NOT_EXIST)
        return found

    def _describe(self, name: str) -> dict[str, Any]:
        found, split = self.versions.answering(name), self.versions.split(name)
        ready, state = self.versions.state(found) if found else (False, "its version is gone")
        path = f"/v2/models/{name}/infer"
        described: dict[str, Any] = {
            # The record names the model; the deployment may be called otherwise.
            **(record(found) if found else {}),
            "name": name,
            "flavor": FLAVOR,
            "state": "READY" if ready else state,
            "endpoint": f"{self._settings.inside.address}{path}",
        }
        if self._settings.published:
            described["published"] = f"{self._settings.published.address}{path}"
        if split:
            described["weights"] = dict(split.weights)
            if split.shadow is not None:
                described["shadow"] = split.shadow
        return described


def help_of(scheme: str, objects: str) -> str:
    """What `mlflow deployments help` prints of a target in a cluster."""
    return f"""{scheme}://<namespace>

Serves MLflow models as {objects} (protocol V2) with MLServer, one for each version that is loaded. An
HTTPRoute of the edge says which version answers at the deployment's address. The pod reads the model from the
tracking server over HTTP. Sign-in to the cluster: a pod's service account, otherwise the kubeconfig.

config (-C key=value); an update keeps what it does not name:
  image            holds MLServer and MLflow; default: the platform's
  replicas         pods; default: 1
  max_replicas     pods at most, as the CPU asks for; default: replicas
  cpu, memory      of each pod; default: 250m and 1Gi
  gpu              GPUs of each pod; default: 0
  max_batch_size   rows of one batch; default: no batches
  max_batch_time   seconds that a batch waits for others; default: 0
  log_sample       share of requests in the inference log; default: 1
  log_drop         inputs and outputs that are never logged, with commas
  log_days         days that rows are kept; default: 30
  timeout          seconds to wait until a version answers; default: 600

config of an update that is a release:
  strategy         rolling, blue-green, canary or shadow
  steps            a canary's percentages; default: 10,50
  interval         seconds of a step; default: 30
  gate             YAML file of open_mlops.gate"""

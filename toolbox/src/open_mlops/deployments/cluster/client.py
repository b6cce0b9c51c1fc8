"""Deployments in a cluster, whichever component serves them: the client behind `seldon://` and `kserve://`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops.door import Split
from open_mlops.release_plan import Place

from ..client import DeploymentClient
from ..http import V2Server
from ..models import ResolvedModel
from .api import Cluster
from .kinds import Kind, config_of, label_of, record
from .lease import Lease
from .options import serving
from .place import ClusterPlace
from .settings import read_settings
from .versions import ClusterVersions


class ClusterDeploymentClient(DeploymentClient):
    """Target `<scheme>://<namespace>`. What else it needs to know the platform wrote in that namespace."""

    kind: Kind
    versions: ClusterVersions

    def __init__(self, target_uri: str):
        super().__init__(target_uri)
        namespace = urlsplit(target_uri).netloc
        if not namespace:
            raise MlflowException(
                f"target is {target_uri!r}; use {self.kind.scheme}://<namespace>", INVALID_PARAMETER_VALUE
            )
        self._cluster = Cluster(namespace)
        self._settings = read_settings(self._cluster)
        self.server = V2Server(self._settings.inside.address)
        self.versions = ClusterVersions(self._cluster, self.kind, self._settings)

    def check(self, config: dict[str, Any]) -> None:
        serving(config, self._settings)

    def _place(self, name: str) -> Place:
        return ClusterPlace(name, self.versions, Lease(self._cluster, name))

    def _put(self, place: Place, model: ResolvedModel, config: dict[str, Any]) -> None:
        before = self.versions.answering(place.name)
        self.versions.load(place.name, model, {**(config_of(before) if before else {}), **config})
        place.direct(Split({model.label: 1}))
        place.retire([model.label])

    def _record(self, name: str) -> dict[str, str] | None:
        found = self.versions.answering(name)
        return None if found is None else record(found)

    def _answering(self, name: str) -> tuple[V2Server, str]:
        found = self.versions.answering(name)
        return (self.versions.server(name, label_of(found)) if found else self.server), name

    def _said(self, name: str) -> dict[str, Any]:
        found = self.versions.answering(name)
        ready, state = self.versions.state(found) if found else (False, "its version is gone")
        said = {"state": "READY" if ready else state}
        if self._settings.published:
            said["published"] = f"{self._settings.published.address}/v2/models/{name}/infer"
        return said


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

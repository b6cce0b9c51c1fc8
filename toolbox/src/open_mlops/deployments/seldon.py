"""Deploys MLflow models to a cluster, as SeldonDeployments that serve with MLServer."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import mlflow
from kubernetes import client
from kubernetes import config as sign_in
from mlflow.deployments import BaseDeploymentClient, PredictionsResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
)

from .http import FLAVOR, V2Server
from .manifest import (
    GROUP,
    HTTP_PORT,
    PLURAL,
    ROUTE_GROUP,
    ROUTE_PLURAL,
    ROUTE_VERSION,
    VERSION,
    Edge,
    Json,
    Serving,
    http_route,
    record,
    seldon_deployment,
    service,
)
from .models import resolve
from .names import check_name

#: So many answers of the new version, one after the other, and no pod of the old one is left to answer.
_AGREEING = 5


class SeldonDeploymentClient(BaseDeploymentClient):
    """Target `seldon://<namespace>?image=<repository>:<tag>`.

    Where the cluster has an edge that opens models: `&published=https://<host>&gateway=<namespace>/<name>`.
    """

    def __init__(self, target_uri: str):
        # MLflow's own constructor has no types.
        super().__init__(target_uri)  # type: ignore[no-untyped-call]
        target = urlsplit(target_uri)
        self._namespace = target.netloc
        if not self._namespace:
            raise MlflowException(
                f"target is {target_uri!r}; use seldon://<namespace>?image=<repository>:<tag>",
                INVALID_PARAMETER_VALUE,
            )
        query = {key: values[0] for key, values in parse_qs(target.query).items()}
        self._image = query.get("image", "")
        self._edge = edge_of(query)
        try:
            sign_in.load_incluster_config()
        except sign_in.ConfigException:
            sign_in.load_kube_config()
        self._api = client.CustomObjectsApi()

    def create_deployment(
        self,
        name: str,
        model_uri: str,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Serves the model under the name, which must be free. Returns when every pod answers."""
        settings = dict(config or {})
        wait = float(settings.pop("timeout", 600))
        model = resolve(model_uri)
        manifest = seldon_deployment(name, self._namespace, model, _serving(settings, self._image))
        if self._read(name) is not None:
            raise MlflowException(f"{name} is deployed already; update it", RESOURCE_ALREADY_EXISTS)
        self._api.create_namespaced_custom_object(GROUP, VERSION, self._namespace, PLURAL, manifest)
        self._publish(name)
        self._wait(name, model.label, wait)
        return self.get_deployment(name)

    def update_deployment(
        self,
        name: str,
        model_uri: str | None = None,
        flavor: str | None = None,
        config: dict[str, Any] | None = None,
        endpoint: str | None = None,
    ) -> dict[str, Any]:
        """Rolls out another model. When it does not get ready, the one before is put back."""
        settings = dict(config or {})
        wait = float(settings.pop("timeout", 600))
        before = self._existing(name)
        model = resolve(model_uri or record(before)["model_uri"])
        manifest = seldon_deployment(name, self._namespace, model, _serving(settings, self._image))
        self._replace(name, manifest)
        self._publish(name)
        try:
            self._wait(name, model.label, wait)
        except MlflowException as error:
            self._replace(name, before)
            raise MlflowException(
                f"{error.message}; {record(before).get('model_uri')} is put back"
            ) from error
        return self.get_deployment(name)

    def delete_deployment(
        self, name: str, config: dict[str, Any] | None = None, endpoint: str | None = None
    ) -> None:
        """Stops serving the name; one that is not deployed is no error."""
        try:
            self._api.delete_namespaced_custom_object(GROUP, VERSION, self._namespace, PLURAL, name)
        except client.ApiException as error:
            if error.status != 404:
                raise

    def list_deployments(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        found = self._api.list_namespaced_custom_object(GROUP, VERSION, self._namespace, PLURAL)
        return [self._describe(manifest) for manifest in found["items"]]

    def get_deployment(self, name: str, endpoint: str | None = None) -> dict[str, Any]:
        return self._describe(self._existing(name))

    def predict(
        self, deployment_name: str | None = None, inputs: Any = None, endpoint: str | None = None
    ) -> PredictionsResponse:
        """Asks the deployment over V2, from inside the cluster. `inputs` is a DataFrame or what makes one."""
        if not deployment_name:
            raise MlflowException("no deployment named; give its name", INVALID_PARAMETER_VALUE)
        return V2Server(self._address(deployment_name)).predict(deployment_name, inputs)

    def _address(self, name: str) -> str:
        check_name(name)
        return f"http://{service(name)}.{self._namespace}:{HTTP_PORT}"

    def _read(self, name: str) -> Json | None:
        try:
            return dict(self._api.get_namespaced_custom_object(GROUP, VERSION, self._namespace, PLURAL, name))
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise

    def _existing(self, name: str) -> Json:
        found = self._read(name)
        if found is None:
            raise MlflowException(f"no deployment {name} in {self._namespace}", RESOURCE_DOES_NOT_EXIST)
        return found

    def _replace(self, name: str, manifest: Json) -> None:
        """Puts the specification in place of what is there, whoever changed it meanwhile."""
        current = self._existing(name)["metadata"]
        metadata = {
            key: manifest["metadata"][key] for key in ("name", "namespace", "labels", "annotations")
        } | {"resourceVersion": current["resourceVersion"]}
        body = {**manifest, "metadata": metadata}
        body.pop("status", None)
        self._api.replace_namespaced_custom_object(GROUP, VERSION, self._namespace, PLURAL, name, body)

    def _publish(self, name: str) -> None:
        """Opens the deployment at the edge, where there is one. The route goes when its deployment goes."""
        if self._edge is None:
            return
        owner = self._existing(name)["metadata"]["uid"]
        route = http_route(name, self._namespace, self._edge, owner)
        place = (ROUTE_GROUP, ROUTE_VERSION, self._namespace, ROUTE_PLURAL)
        try:
            self._api.create_namespaced_custom_object(*place, route)
        except client.ApiException as error:
            if error.status != 409:
                raise
            current = dict(self._api.get_namespaced_custom_object(*place, name))
            route["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"]
            self._api.replace_namespaced_custom_object(*place, name, route)

    def _wait(self, name: str, label: str, seconds: float) -> None:
        """Until the operator says available and every answer comes from the version that was asked for."""
        server = V2Server(self._address(name), patience=0, timeout=10)
        deadline = time.monotonic() + seconds
        agreeing, seen = 0, "nothing yet"
        while agreeing < _AGREEING:
            if time.monotonic() > deadline:
                raise MlflowException(
                    f"{name} did not get ready with version {label} in {seconds:g} s: {seen}"
                )
            time.sleep(1)
            status = self._existing(name).get("status") or {}
            state = status.get("state", "no state")
            seen = f"{state} {status.get('description', '')}".strip()
            if state != "Available":
                agreeing = 0
                continue
            try:
                running = server.versions(name)
            except MlflowException as error:
                agreeing, seen = 0, error.message
                continue
            agreeing = agreeing + 1 if running == [label] else 0
            seen = f"the server runs version {', '.join(running) or 'unknown'}"
        server.close()

    def _describe(self, manifest: Json) -> dict[str, Any]:
        name = manifest["metadata"]["name"]
        state = (manifest.get("status") or {}).get("state", "Creating")
        return {
            # The record names the model; the deployment may be called otherwise.
            **record(manifest),
            "name": name,
            "flavor": FLAVOR,
            "state": "READY" if state == "Available" else state.upper(),
            "endpoint": f"{self._address(name)}/v2/models/{name}/infer",
            **({"published": f"{self._edge.address}/v2/models/{name}/infer"} if self._edge else {}),
        }


def edge_of(query: dict[str, str]) -> Edge | None:
    """The edge that a target names, or none. One half of it is a slip of the pen."""
    published, gateway = query.get("published", ""), query.get("gateway", "")
    if not published and not gateway:
        return None
    namespace, _, name = gateway.partition("/")
    if not published.startswith("https://") or not namespace or not name:
        raise MlflowException(
            f"the target's edge is published={published!r} and gateway={gateway!r}; "
            "use published=https://<host>&gateway=<namespace>/<name>, or neither",
            INVALID_PARAMETER_VALUE,
        )
    return Edge(published.rstrip("/"), name, namespace)


def _serving(settings: dict[str, Any], default_image: str) -> Serving:
    """The config of a deployment, checked, over what the target says."""
    image = str(settings.pop("image", "") or default_image)
    if not image:
        raise MlflowException(
            "no serving image; name it in the target, seldon://<namespace>?image=<repository>:<tag>, "
            "or in the config: image=<repository>:<tag>",
            INVALID_PARAMETER_VALUE,
        )
    tracking = str(settings.pop("tracking_uri", "") or mlflow.get_tracking_uri())
    if not tracking.startswith(("http://", "https://")):
        raise MlflowException(
            f"the tracking server is {tracking!r}, which a pod cannot reach; set MLFLOW_TRACKING_URI",
            INVALID_PARAMETER_VALUE,
        )
    known = {f.name for f in fields(Serving)} - {"image", "tracking_uri"}
    if unknown := sorted(set(settings) - known):
        raise MlflowException(
            f"unknown config {', '.join(unknown)}; "
            f"known are image, timeout, tracking_uri, {', '.join(sorted(known))}",
            INVALID_PARAMETER_VALUE,
        )
    if "replicas" in settings:
        settings["replicas"] = int(settings["replicas"])
    return replace(Serving(image=image, tracking_uri=tracking), **settings)


def run_local(
    name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None
) -> None:
    """Seldon has no local form."""
    raise MlflowException(f"{name} cannot run locally on Seldon; use the target mlserver:// in the lab")


def target_help() -> str:
    """What `mlflow deployments help -t seldon` prints."""
    return """seldon://<namespace>?image=<repository>:<tag>[&published=https://<host>&gateway=<namespace>/<name>]

Serves MLflow models as SeldonDeployments (protocol V2) with MLServer. The pod reads the model from the
tracking server over HTTP. Sign-in to the cluster: a pod's service account, otherwise the kubeconfig.

config (-C key=value):
  image            holds MLServer and MLflow; default: the target's
  tracking_uri     the tracking server as a pod reaches it; default: MLFLOW_TRACKING_URI
  replicas, cpu, memory, service_account
  timeout          seconds to wait until it answers; default: 600"""

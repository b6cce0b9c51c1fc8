"""The Kubernetes API as deployments need it: objects as plain data. Errors say what the API server said."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

from kubernetes import client
from kubernetes import config as sign_in
from mlflow.exceptions import MlflowException
from urllib3.exceptions import HTTPError

from .pod import Json

T = TypeVar("T")

#: Seconds that one call may take.
TIMEOUT = 30

#: Resources by group, version and plural.
Resource = tuple[str, str, str]
ROUTES: Resource = ("gateway.networking.k8s.io", "v1", "httproutes")
LEASES: Resource = ("coordination.k8s.io", "v1", "leases")
DEPLOYMENTS: Resource = ("apps", "v1", "deployments")


class Conflict(MlflowException):
    """Somebody else has changed or made the object meanwhile."""


class Cluster:
    """One namespace of the cluster. Signs in as a pod's service account, otherwise by the kubeconfig."""

    def __init__(self, namespace: str):
        self.namespace = namespace
        configuration = client.Configuration()
        try:
            sign_in.load_incluster_config(client_configuration=configuration)
        except sign_in.ConfigException:
            sign_in.load_kube_config(client_configuration=configuration)
        api = client.ApiClient(configuration)
        self._objects = client.CustomObjectsApi(api)
        self._core = client.CoreV1Api(api)

    def get(self, resource: Resource, name: str) -> Json | None:
        """The object, or None where there is none."""
        with suppress(_Missing):
            found = _asked(
                lambda: self._objects.get_namespaced_custom_object(
                    *_at(resource, self.namespace), name, _request_timeout=TIMEOUT
                )
            )
            return cast(Json, found)
        return None

    def find(self, resource: Resource, labels: Mapping[str, str]) -> list[Json]:
        """Those that have all of the labels."""
        found = _asked(
            lambda: self._objects.list_namespaced_custom_object(
                *_at(resource, self.namespace), label_selector=_selector(labels), _request_timeout=TIMEOUT
            )
        )
        return list(found["items"])

    def create(self, resource: Resource, body: Json) -> Json:
        made = _asked(
            lambda: self._objects.create_namespaced_custom_object(
                *_at(resource, self.namespace), body, _request_timeout=TIMEOUT
            )
        )
        return cast(Json, made)

    def replace(self, resource: Resource, body: Json) -> Json:
        """Conflict when the body's `resourceVersion` is not the newest."""
        made = _asked(
            lambda: self._objects.replace_namespaced_custom_object(
                *_at(resource, self.namespace), body["metadata"]["name"], body, _request_timeout=TIMEOUT
            )
        )
        return cast(Json, made)

    def put(self, resource: Resource, body: Json) -> Json:
        """Makes the object, or takes the place of what is there, whoever changed it meanwhile."""
        while True:
            found = self.get(resource, body["metadata"]["name"])
            with suppress(Conflict):
                if found is None:
                    return self.create(resource, body)
                version = found["metadata"]["resourceVersion"]
                kept = {key: value for key, value in body.items() if key != "status"}
                return self.replace(
                    resource, {**kept, "metadata": {**_said(body), "resourceVersion": version}}
                )

    def delete(self, resource: Resource, name: str, version: str | None = None) -> None:
        """One that is not there is no error. With a `resourceVersion`, Conflict when it is not the newest."""
        body = client.V1DeleteOptions(
            propagation_policy="Background",
            preconditions=client.V1Preconditions(resource_version=version) if version else None,
        )
        with suppress(_Missing):
            _asked(
                lambda: self._objects.delete_namespaced_custom_object(
                    *_at(resource, self.namespace), name, body=body, _request_timeout=TIMEOUT
                )
            )

    def config_map(self, name: str) -> dict[str, str] | None:
        """Its data, or None where there is none."""
        with suppress(_Missing):
            found = _asked(
                lambda: self._core.read_namespaced_config_map(name, self.namespace, _request_timeout=TIMEOUT)
            )
            return dict(found.data or {})
        return None

    def pods(self, labels: Mapping[str, str]) -> list[client.V1Pod]:
        return list(
            _asked(
                lambda: self._core.list_namespaced_pod(
                    self.namespace, label_selector=_selector(labels), _request_timeout=TIMEOUT
                )
            ).items
        )

    def warnings(self, kind: str, name: str) -> list[str]:
        """What was said of an object lately, and was no good news; the newest last."""
        field = f"involvedObject.kind={kind},involvedObject.name={name},type=Warning"
        found = _asked(
            lambda: self._core.list_namespaced_event(
                self.namespace, field_selector=field, _request_timeout=TIMEOUT
            )
        )
        newest = sorted(found.items, key=lambda event: str(event.last_timestamp or event.event_time or ""))
        return list(dict.fromkeys(f"{event.reason}: {event.message}".strip() for event in newest))


class _Missing(MlflowException):
    pass


def _asked(call: Callable[[], T]) -> T:
    try:
        return call()
    except client.ApiException as error:
        said = _words(error)
        if error.status == 404:
            raise _Missing(said) from error
        if error.status == 409:
            raise Conflict(said) from error
        raise MlflowException(f"the cluster says {error.status}: {said}") from error
    except HTTPError as error:
        raise MlflowException(f"the cluster does not answer: {error}") from error


def _words(error: client.ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.body or error.reason)


def _at(resource: Resource, namespace: str) -> tuple[str, str, str, str]:
    group, version, plural = resource
    return group, version, namespace, plural


def _selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items())


def _said(body: Json) -> dict[str, Any]:
    """What a maker says of an object; the rest of its metadata is the API server's."""
    kept = ("name", "namespace", "labels", "annotations")
    return {key: body["metadata"][key] for key in kept if key in body["metadata"]}

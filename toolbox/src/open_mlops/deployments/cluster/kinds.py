"""What serves one version: an object of a serving component, a SeldonDeployment or an InferenceService."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

from ..models import ResolvedModel
from ..names import check_name
from .pod import DEPLOYMENT, REVISION, SERVED, Json, Serving

#: Annotations of an object: what is running, and the config that it was made with.
RECORD, CONFIG = "open-mlops.org/model", "open-mlops.org/config"
MANAGED_BY = {"app.kubernetes.io/managed-by": "mlflow-deployments"}
#: Of what a pod asks for, on average of all: above it there is one more, where there may be.
SCALE_AT_CPU_PERCENT = 70

_NUMBER = re.compile(r"\d{1,9}")


class Kind(Protocol):
    """A serving component's way of saying what is served."""

    #: Of the target: `seldon` in `seldon://`.
    scheme: str
    group: str
    version: str
    plural: str
    #: Of the service in front of a version's pods.
    port: int

    def manifest(
        self, name: str, namespace: str, model: ResolvedModel, serving: Serving, config: Mapping[str, Any]
    ) -> Json:
        """The object that serves this version of the deployment."""

    def at_least(self, found: Json, pods: int) -> Json:
        """The object with so many pods at least, and no more than at most; as it is where the CPU does not
        decide.
        """

    def service(self, served: str) -> str:
        """The service in front of the pods of the object."""

    def state(self, found: Json) -> tuple[bool, str]:
        """Whether the component's controller calls it ready, and what it says."""


def object_name(name: str, label: str) -> str:
    """What serves this version of a deployment: `flights-v3`. After the last dash is always the version, so
    no two deployments' versions meet. A model without a number has a mark of its label.
    """
    check_name(name)
    if _NUMBER.fullmatch(label):
        return f"{name}-v{label}"
    return f"{name}-r{hashlib.sha256(label.encode()).hexdigest()[:12]}"


def metadata(
    name: str, namespace: str, model: ResolvedModel, serving: Serving, config: Mapping[str, Any], pod: Json
) -> Json:
    """Of the object. Its annotations say what is running, with which image and config."""
    served = object_name(name, model.label)
    running = {**model.as_record(), "image": serving.image}
    return {
        "name": served,
        "namespace": namespace,
        "labels": {**MANAGED_BY, DEPLOYMENT: name, SERVED: served},
        "annotations": {
            RECORD: json.dumps(running, sort_keys=True),
            CONFIG: json.dumps(dict(config), sort_keys=True),
            REVISION: _revision(pod),
        },
    }


def pod_marks(name: str, label: str, pod: Json) -> tuple[dict[str, str], dict[str, str]]:
    """Labels and annotations of the pods, by which they are found again."""
    return {DEPLOYMENT: name, SERVED: object_name(name, label)}, {REVISION: _revision(pod)}


def record(found: Json) -> dict[str, str]:
    """What is running, as the object's maker noted it; nothing for an object of another maker."""
    return _annotated(found, RECORD)


def config_of(found: Json) -> dict[str, Any]:
    """The config that the object was made with."""
    return _annotated(found, CONFIG)


def label_of(found: Json) -> str:
    """The version that the object serves, as the server shows it."""
    said = record(found)
    return said.get("version") or said.get("run_id") or said.get("model_uri", "")


def _revision(pod: Json) -> str:
    return hashlib.sha256(json.dumps(pod, sort_keys=True).encode()).hexdigest()[:16]


def _annotated(found: Json, key: str) -> dict[str, Any]:
    annotations = found.get("metadata", {}).get("annotations") or {}
    return dict(json.loads(annotations.get(key, "{}")))

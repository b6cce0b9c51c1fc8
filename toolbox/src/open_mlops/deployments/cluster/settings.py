"""What a platform says of serving in its cluster: one document, in the namespace of the models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from mlflow.exceptions import MlflowException

from .api import Cluster
from .pod import Gpu, Json
from .route import Gate

#: The ConfigMap that the platform writes, and its key.
NAME, KEY = "model-serving", "settings.json"


@dataclass(frozen=True)
class ClusterSettings:
    """As of now: an image that the platform has changed is used by the next deployment."""

    #: The serving image, where a deployment names no other.
    image: str
    tracking_uri: str
    #: Where clients in the cluster find models, whichever version answers.
    inside: Gate
    #: Where others do, where the platform has an edge.
    published: Gate | None
    #: Variables of a model's pod that lead to the bucket of the inference log.
    env: Mapping[str, str]
    secret_env: Mapping[str, tuple[str, str]]
    gpu: Gpu | None

    @property
    def gates(self) -> tuple[Gate, ...]:
        return (self.inside, self.published) if self.published else (self.inside,)


def read_settings(cluster: Cluster) -> ClusterSettings:
    """MlflowException where the platform has written none, or something else."""
    found = cluster.config_map(NAME)
    if found is None:
        raise MlflowException(
            f"the namespace {cluster.namespace} has no ConfigMap {NAME}, which the platform writes; "
            "look whether OPEN_MLOPS_SERVING_TARGET names the namespace of the models"
        )
    try:
        return settings_of(json.loads(found[KEY]))
    except (ValueError, KeyError, TypeError) as error:
        raise MlflowException(
            f"the ConfigMap {NAME} in {cluster.namespace} is not what this toolbox reads "
            f"({type(error).__name__}: {error}); deploy the platform with the same version"
        ) from error


def settings_of(said: Json) -> ClusterSettings:
    """The document that `constructs/components/seldon/settings.ts` writes."""
    gpu = said.get("gpu")
    return ClusterSettings(
        image=said["image"],
        tracking_uri=said["trackingUri"],
        inside=_gate(said["inside"]),
        published=_gate(said["published"]) if said.get("published") else None,
        env=dict(said["env"]),
        secret_env={name: (ref["name"], ref["key"]) for name, ref in said["secretEnv"].items()},
        gpu=Gpu(gpu["resource"], dict(gpu["nodeSelector"]), tuple(gpu["tolerations"])) if gpu else None,
    )


def _gate(said: Json) -> Gate:
    return Gate(said["address"].rstrip("/"), said["gateway"], said["namespace"], said["listener"])

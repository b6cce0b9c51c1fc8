"""Deploys MLflow models to a cluster, as SeldonDeployments that serve with MLServer."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from mlflow.exceptions import MlflowException

# MLflow takes every client that a plugin has by name for the plugin's own.
from .cluster import client
from .cluster.kinds import SCALE_AT_CPU_PERCENT, metadata, pod_marks
from .cluster.pod import Json, Ports, Serving, pod
from .models import ResolvedModel

PREDICTOR = "default"


class Seldon:
    """Seldon Core's SeldonDeployment. See `open_mlops.deployments.kinds.Kind`."""

    scheme = "seldon"
    group, version, plural = "machinelearning.seldon.io", "v1", "seldondeployments"
    #: The operator gives the first container of a graph these ports; said again, so that a client knows them.
    ports = Ports(http=9000, grpc=9500, metrics=6000)
    port = ports.http

    def service(self, served: str) -> str:
        return f"{served}-{PREDICTOR}"

    def manifest(
        self, name: str, namespace: str, model: ResolvedModel, serving: Serving, config: Mapping[str, Any]
    ) -> Json:
        """One predictor with one MLServer and no orchestrator: a request goes straight to the model."""
        # The container is the graph's node, and its name what the operator calls the model.
        spec = pod(name, name, model, serving, self.ports)
        about = metadata(name, namespace, model, serving, config, spec)
        labels, annotations = pod_marks(name, model.label, spec)
        component: Json = {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}
        if serving.max_replicas > 1:
            # An upgrade of nodes takes one at a time. A single one would keep its node for ever.
            component["pdbSpec"] = {"maxUnavailable": 1}
        if serving.max_replicas > serving.replicas:
            target = {"type": "Utilization", "averageUtilization": SCALE_AT_CPU_PERCENT}
            component["hpaSpec"] = {
                "minReplicas": serving.replicas,
                "maxReplicas": serving.max_replicas,
                "metricsv2": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            }
        return {
            "apiVersion": f"{self.group}/{self.version}",
            "kind": "SeldonDeployment",
            "metadata": about,
            "spec": {
                "protocol": "v2",
                "predictors": [
                    {
                        "name": PREDICTOR,
                        "replicas": serving.replicas,
                        "annotations": {
                            "seldon.io/no-engine": "true",
                            "seldon.io/svc-name": self.service(about["name"]),
                        },
                        "labels": {"version": PREDICTOR},
                        "graph": {"name": name, "type": "MODEL", "children": []},
                        "componentSpecs": [component],
                    }
                ],
            },
        }

    def at_least(self, found: Json, pods: int) -> Json:
        made = deepcopy(found)
        for component in made["spec"]["predictors"][0]["componentSpecs"]:
            # The operator gives a Deployment that is scaled no number of its own, so it is said here.
            if scale := component.get("hpaSpec"):
                scale["minReplicas"] = min(pods, scale["maxReplicas"])
        return made

    def state(self, found: Json) -> tuple[bool, str]:
        status = found.get("status") or {}
        state = status.get("state", "the operator has not looked at it yet")
        return state == "Available", f"{state} {status.get('description', '')}".strip()


class SeldonDeploymentClient(client.ClusterDeploymentClient):
    """Target `seldon://<namespace>`."""

    kind = Seldon()


def run_local(
    name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None
) -> None:
    """Seldon has no local form."""
    raise MlflowException(f"{name} cannot run locally on Seldon; use the target mlserver:// in the lab")


def target_help() -> str:
    """What `mlflow deployments help -t seldon` prints."""
    return client.help_of("seldon", "SeldonDeployments")

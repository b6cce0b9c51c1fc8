"""Deploys MLflow models to a cluster, as InferenceServices of KServe that serve with MLServer."""

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


class KServe:
    """KServe's InferenceService in its Standard mode: a Deployment and a service, no Knative. See
    `open_mlops.deployments.kinds.Kind`.
    """

    scheme = "kserve"
    group, version, plural = "serving.kserve.io", "v1beta1", "inferenceservices"
    #: The service listens at 80 and hands on to the container's first port.
    port = 80
    ports = Ports(http=8080, grpc=9500, metrics=6000)

    def service(self, served: str) -> str:
        return f"{served}-predictor"

    def manifest(
        self, name: str, namespace: str, model: ResolvedModel, serving: Serving, config: Mapping[str, Any]
    ) -> Json:
        """A predictor of one container, the serving image: no runtime of KServe's has to be there."""
        # What Seldon's operator would say by itself.
        env = {
            "MLSERVER_MODEL_NAME": name,
            "MLSERVER_HTTP_PORT": str(self.ports.http),
            "MLSERVER_GRPC_PORT": str(self.ports.grpc),
            "MLSERVER_METRICS_PORT": str(self.ports.metrics),
            "MLSERVER_METRICS_ENDPOINT": "/prometheus",
        }
        spec = pod(name, "kserve-container", model, serving, self.ports, env)
        about = metadata(name, namespace, model, serving, config, spec)
        labels, annotations = pod_marks(name, model.label, spec)
        scaled = serving.max_replicas > serving.replicas
        about["labels"] |= {
            # The edge splits requests between versions, so KServe brings no route of its own.
            "networking.kserve.io/visibility": "cluster-local",
        }
        about["annotations"] |= {
            "serving.kserve.io/deploymentMode": "Standard",
            "serving.kserve.io/autoscalerClass": "hpa" if scaled else "none",
        }
        return {
            "apiVersion": f"{self.group}/{self.version}",
            "kind": "InferenceService",
            "metadata": about,
            "spec": {
                "predictor": {
                    "labels": labels,
                    "annotations": annotations,
                    "minReplicas": serving.replicas,
                    "maxReplicas": serving.max_replicas,
                    **({"scaleMetric": "cpu", "scaleTarget": SCALE_AT_CPU_PERCENT} if scaled else {}),
                    **spec,
                }
            },
        }

    def at_least(self, found: Json, pods: int) -> Json:
        made = deepcopy(found)
        predictor = made["spec"]["predictor"]
        if "scaleMetric" in predictor:
            predictor["minReplicas"] = min(pods, predictor["maxReplicas"])
        return made

    def state(self, found: Json) -> tuple[bool, str]:
        conditions = {each["type"]: each for each in (found.get("status") or {}).get("conditions") or []}
        ready = conditions.get("Ready")
        if ready is None:
            return False, "the controller has not looked at it yet"
        said = [
            f"{each['type']}: {each.get('reason', each['status'])} {each.get('message', '')}".strip()
            for each in conditions.values()
            if each["status"] != "True"
        ]
        return ready["status"] == "True", "; ".join(said) or "Ready"


class KServeDeploymentClient(client.ClusterDeploymentClient):
    """Target `kserve://<namespace>`."""

    kind = KServe()


def run_local(
    name: str, model_uri: str, flavor: str | None = None, config: dict[str, Any] | None = None
) -> None:
    """KServe has no local form."""
    raise MlflowException(f"{name} cannot run locally on KServe; use the target mlserver:// in the lab")


def target_help() -> str:
    """What `mlflow deployments help -t kserve` prints."""
    return client.help_of("kserve", "KServe's InferenceServices")

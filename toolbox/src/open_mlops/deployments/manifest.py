"""The SeldonDeployment that serves an MLflow model: pure data from plain settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .models import ResolvedModel
from .names import check_name

GROUP, VERSION, PLURAL = "machinelearning.seldon.io", "v1", "seldondeployments"
ROUTE_GROUP, ROUTE_VERSION, ROUTE_PLURAL = "gateway.networking.k8s.io", "v1", "httproutes"
PREDICTOR = "default"
#: The operator gives the first container of a graph these ports; said here, so that a client knows them.
HTTP_PORT, GRPC_PORT, METRICS_PORT = 9000, 9500, 6000
RECORD = "open-mlops.org/model"
#: Where there is no room, nobody's server or run comes before a model, and no model before a tool.
PRIORITY = "open-mlops-models"
_MODELS = "/mnt/models"

Json = dict[str, Any]


@dataclass(frozen=True)
class Serving:
    """How a model is served. Every field may be set by the deployment's config."""

    #: Holds MLServer, its MLflow runtime and MLflow.
    image: str
    #: Where the pod reads the model from, over HTTP: it needs no keys of a bucket.
    tracking_uri: str
    replicas: int = 1
    cpu: str = "250m"
    memory: str = "1Gi"
    service_account: str = "model-server"
    labels: dict[str, str] = field(default_factory=dict)


def service(name: str) -> str:
    """The Service in front of the predictor's pods."""
    return f"{name}-{PREDICTOR}"


def seldon_deployment(name: str, namespace: str, model: ResolvedModel, serving: Serving) -> Json:
    """One predictor with one MLServer and no orchestrator between: a request goes straight to the model."""
    check_name(name)
    # The model is in the pod's specification, so another version rolls out new pods; the old ones answer
    # until the new ones are ready.
    pod = {
        "serviceAccountName": serving.service_account,
        "automountServiceAccountToken": False,
        "priorityClassName": PRIORITY,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [_download(model, serving)],
        "containers": [_server(name, model, serving)],
        "volumes": [{"name": "models", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
    }
    component: Json = {"spec": pod}
    if serving.replicas > 1:
        # An upgrade of nodes takes one at a time. A single one is not held: it would keep its node for ever.
        component["pdbSpec"] = {"maxUnavailable": 1}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "SeldonDeployment",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "mlflow-deployments", **serving.labels},
            "annotations": {RECORD: json.dumps(model.as_record(), sort_keys=True)},
        },
        "spec": {
            "protocol": "v2",
            "predictors": [
                {
                    "name": PREDICTOR,
                    "replicas": serving.replicas,
                    "annotations": {"seldon.io/no-engine": "true", "seldon.io/svc-name": service(name)},
                    "labels": {"version": PREDICTOR, **serving.labels},
                    "graph": {"name": name, "type": "MODEL", "children": []},
                    "componentSpecs": [component],
                }
            ],
        },
    }


@dataclass(frozen=True)
class Edge:
    """Where a cluster's edge opens models, `https://models.<domain>`, and the Gateway of their routes."""

    address: str
    gateway: str
    namespace: str
    #: The listener that asks who somebody is.
    listener: str = "https"


def http_route(name: str, namespace: str, edge: Edge, owner_uid: str) -> Json:
    """The way from the edge to a deployment, at its path of the host of models. It goes with its owner."""
    check_name(name)
    return {
        "apiVersion": f"{ROUTE_GROUP}/{ROUTE_VERSION}",
        "kind": "HTTPRoute",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "mlflow-deployments"},
            "ownerReferences": [
                {
                    "apiVersion": f"{GROUP}/{VERSION}",
                    "kind": "SeldonDeployment",
                    "name": name,
                    "uid": owner_uid,
                }
            ],
        },
        "spec": {
            "parentRefs": [{"name": edge.gateway, "namespace": edge.namespace, "sectionName": edge.listener}],
            "hostnames": [urlsplit(edge.address).hostname],
            "rules": [
                {
                    "matches": [{"path": {"type": "PathPrefix", "value": f"/v2/models/{name}"}}],
                    # A person's token opens every tool: the edge has looked at it, and no model is given it.
                    "filters": [
                        {
                            "type": "RequestHeaderModifier",
                            "requestHeaderModifier": {"remove": ["authorization", "cookie"]},
                        }
                    ],
                    "backendRefs": [{"name": service(name), "port": HTTP_PORT}],
                }
            ],
        },
    }


def record(manifest: Json) -> dict[str, str]:
    """What `seldon_deployment` noted about the model; nothing for a deployment of another maker."""
    annotations = manifest.get("metadata", {}).get("annotations") or {}
    return dict(json.loads(annotations.get(RECORD, "{}")))


def _download(model: ResolvedModel, serving: Serving) -> Json:
    return {
        "name": "download",
        "image": serving.image,
        "command": ["mlflow", "artifacts", "download"],
        "args": ["--artifact-uri", model.uri, "--dst-path", _MODELS],
        "env": [
            {"name": "MLFLOW_TRACKING_URI", "value": serving.tracking_uri},
            {"name": "MLFLOW_DISABLE_TELEMETRY", "value": "true"},
            {"name": "HOME", "value": "/tmp"},
        ],
        "resources": _resources(serving),
        "securityContext": _confined(),
        "volumeMounts": [{"name": "models", "mountPath": _MODELS}, {"name": "tmp", "mountPath": "/tmp"}],
    }


def _server(name: str, model: ResolvedModel, serving: Serving) -> Json:
    # The operator adds the ports and the model's name as MLServer's variables. The folder has no
    # model-settings.json, so MLServer takes the one model from its variables.
    env = {
        "MLSERVER_MODEL_IMPLEMENTATION": "mlserver_mlflow.MLflowRuntime",
        "MLSERVER_MODEL_URI": _MODELS,
        "MLSERVER_MODEL_PLATFORM": "mlflow",
        "MLSERVER_MODEL_VERSIONS": json.dumps([model.label]),
        "MLSERVER_MODEL_EXTRA": json.dumps(model.as_record(), sort_keys=True),
        "MLSERVER_PARALLEL_WORKERS": "0",
        "MLSERVER_METRICS_DIR": "/tmp/metrics",
        "MLSERVER_ENVIRONMENTS_DIR": "/tmp/environments",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "HOME": "/tmp",
    }
    return {
        "name": name,
        "image": serving.image,
        "command": ["python", "-m", "open_mlops.serving", _MODELS],
        "env": [{"name": key, "value": value} for key, value in env.items()],
        "ports": [
            {"name": "http", "containerPort": HTTP_PORT, "protocol": "TCP"},
            {"name": "grpc", "containerPort": GRPC_PORT, "protocol": "TCP"},
            {"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"},
        ],
        "startupProbe": _probe("/v2/health/live", failures=60),
        "readinessProbe": _probe(f"/v2/models/{name}/ready", failures=3),
        "livenessProbe": _probe("/v2/health/live", failures=6),
        "resources": _resources(serving),
        "securityContext": _confined(),
        "volumeMounts": [
            {"name": "models", "mountPath": _MODELS, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def _probe(path: str, failures: int) -> Json:
    return {
        "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
        "periodSeconds": 5,
        "timeoutSeconds": 5,
        "successThreshold": 1,
        "failureThreshold": failures,
    }


def _resources(serving: Serving) -> Json:
    return {
        "requests": {"cpu": serving.cpu, "memory": serving.memory},
        "limits": {"memory": serving.memory},
    }


def _confined() -> Json:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }

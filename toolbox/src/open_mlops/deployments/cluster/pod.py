"""The pod that serves a model in a cluster: plain data, the same for each serving component."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..models import ResolvedModel

#: Where there is no room, nobody's server or run comes before a model, and no model before a tool.
PRIORITY = "open-mlops-models"
#: Which deployment a pod, or the object that makes it, is a version of.
DEPLOYMENT = "open-mlops.org/deployment"
#: The name of the object that made it: of one version of one deployment.
SERVED = "open-mlops.org/served"
#: Of what a pod was made from: the same for as long as nothing of it changes.
REVISION = "open-mlops.org/revision"
#: Seconds for which a pod that is to end goes on answering: the edge needs them to take notice.
PRE_STOP = 10
#: Seconds until it is killed: what it was asked is answered, and its log is in the bucket by then.
GRACE = 90
_MODELS, _JOURNAL = "/mnt/models", "/mnt/journal"

Json = dict[str, Any]


@dataclass(frozen=True)
class Gpu:
    """The platform's nodes with GPUs: what a pod asks for, and how it gets there."""

    resource: str
    node_selector: Mapping[str, str]
    tolerations: tuple[Json, ...]


@dataclass(frozen=True)
class Serving:
    """How a model is served."""

    #: Holds MLServer, its MLflow runtime and MLflow.
    image: str
    #: Where the pod reads the model from, over HTTP: it needs no keys of a bucket for that.
    tracking_uri: str
    #: At least and at most; between them the CPU decides.
    replicas: int = 1
    max_replicas: int = 1
    cpu: str = "250m"
    memory: str = "1Gi"
    gpu: int = 0
    gpu_nodes: Gpu | None = None
    #: MLServer's own: rows of one batch, and seconds that it waits for others. 0: no batches.
    max_batch_size: int = 0
    max_batch_time: float = 0
    #: Options of the inference log, as `open_mlops.serving.options` has them.
    log: Mapping[str, Any] = field(default_factory=dict)
    #: What the log's bucket is found by, and the keys that open it, by secret (name, key). Empty: no log.
    env: Mapping[str, str] = field(default_factory=dict)
    secret_env: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ports:
    """Where the server listens. The client of V2 and the edge come to `http`."""

    http: int = 9000
    grpc: int = 9500
    metrics: int = 6000


def pod(
    name: str,
    container: str,
    model: ResolvedModel,
    serving: Serving,
    ports: Ports,
    env: Mapping[str, str] | None = None,
) -> Json:
    """The specification of the pod: the model is downloaded, then served as `name`. It tells its version.
    `env` is added for the server.
    """
    gpu = serving.gpu_nodes if serving.gpu else None
    return {
        "serviceAccountName": "model-server",
        "automountServiceAccountToken": False,
        "priorityClassName": PRIORITY,
        "terminationGracePeriodSeconds": GRACE,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **({"nodeSelector": dict(gpu.node_selector)} if gpu and gpu.node_selector else {}),
        **({"tolerations": [dict(each) for each in gpu.tolerations]} if gpu and gpu.tolerations else {}),
        "initContainers": [_download(model, serving)],
        "containers": [_server(name, container, model, serving, ports, env or {})],
        "volumes": [
            {"name": "models", "emptyDir": {}},
            {"name": "tmp", "emptyDir": {}},
            # A container that is started again finds what it had logged; with its pod it is gone. Larger than
            # the journal ever gets, which loses rows and goes on: a full volume would end the pod.
            {"name": "journal", "emptyDir": {"sizeLimit": "1536Mi"}},
        ],
    }


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
        # Its last words are told with its state: who deploys may not read logs.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": _resources(serving),
        "securityContext": _confined(),
        "volumeMounts": [{"name": "models", "mountPath": _MODELS}, {"name": "tmp", "mountPath": "/tmp"}],
    }


def _server(
    name: str,
    container: str,
    model: ResolvedModel,
    serving: Serving,
    ports: Ports,
    added: Mapping[str, str],
) -> Json:
    # The folder has no model-settings.json, so MLServer takes the one model from its variables.
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
        **added,
    }
    if serving.max_batch_size:
        env["MLSERVER_MODEL_MAX_BATCH_SIZE"] = str(serving.max_batch_size)
        env["MLSERVER_MODEL_MAX_BATCH_TIME"] = str(serving.max_batch_time)
    if serving.env:
        env |= {**serving.env, "OPEN_MLOPS_INFERENCE_JOURNAL": _JOURNAL}
        if serving.log:
            # The server's own default: there is one model on it.
            env["OPEN_MLOPS_INFERENCE_LOG"] = json.dumps(dict(serving.log), sort_keys=True)
    secrets = [
        {"name": key, "valueFrom": {"secretKeyRef": {"name": secret, "key": of}}}
        for key, (secret, of) in serving.secret_env.items()
    ]
    return {
        "name": container,
        "image": serving.image,
        "command": ["python", "-m", "open_mlops.serving", _MODELS],
        "env": [*({"name": key, "value": value} for key, value in env.items()), *secrets],
        "ports": [
            {"name": "http", "containerPort": ports.http, "protocol": "TCP"},
            {"name": "grpc", "containerPort": ports.grpc, "protocol": "TCP"},
            {"name": "metrics", "containerPort": ports.metrics, "protocol": "TCP"},
        ],
        # Kubernetes takes a pod out of its service and ends it at the same time, when nobody knows it yet.
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(PRE_STOP)]}}},
        "startupProbe": _probe("/v2/health/live", failures=60),
        "readinessProbe": _probe(f"/v2/models/{name}/ready", failures=3),
        "livenessProbe": _probe("/v2/health/live", failures=6),
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "resources": _resources(serving, gpu=True),
        "securityContext": _confined(),
        "volumeMounts": [
            {"name": "models", "mountPath": _MODELS, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "journal", "mountPath": _JOURNAL},
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


def _resources(serving: Serving, gpu: bool = False) -> Json:
    limits: Json = {"memory": serving.memory}
    if gpu and serving.gpu and serving.gpu_nodes:
        limits[serving.gpu_nodes.resource] = str(serving.gpu)
    return {"requests": {"cpu": serving.cpu, "memory": serving.memory}, "limits": limits}


def _confined() -> Json:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }

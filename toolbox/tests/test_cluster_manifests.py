"""What serves a version in a cluster: what the API server accepts, and what its pod really does."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import mlflow
import numpy as np
import pytest
from conftest import PROJECT, QUIET, Server, mlserver_in, serving_program
from mlflow.exceptions import MlflowException
from models import NAME, register, sample

from open_mlops.deployments.cluster import kinds
from open_mlops.deployments.cluster.kinds import Kind
from open_mlops.deployments.cluster.pod import Gpu, Serving
from open_mlops.deployments.http import V2Server
from open_mlops.deployments.kserve import KServe
from open_mlops.deployments.models import ResolvedModel, resolve
from open_mlops.deployments.seldon import Seldon

MODEL = ResolvedModel("models:/flights/3", "flights", "3", "0f")
GPU = Gpu("nvidia.com/gpu", {"pool": "gpu"}, ({"key": "nvidia.com/gpu", "operator": "Exists"},))
SERVING = Serving(
    image="registry.example/serving:1",
    tracking_uri="http://mlflow.mlflow",
    replicas=2,
    max_replicas=4,
    gpu=1,
    gpu_nodes=GPU,
    max_batch_size=8,
    log={"sample": 0.5},
    env={"OPEN_MLOPS_DATA": "s3://data", "AWS_ENDPOINT_URL": "http://s3.stores:8333"},
    secret_env={"AWS_SECRET_ACCESS_KEY": ("model-server-buckets", "secretKey")},
)
KINDS: list[Kind] = [Seldon(), KServe()]
BOTH = pytest.mark.parametrize("kind", KINDS, ids=["seldon", "kserve"])


def made(kind: Kind, model: ResolvedModel = MODEL, serving: Serving = SERVING) -> dict[str, Any]:
    return kind.manifest("flights", "models", model, serving, {"replicas": "2"})


def pod(document: dict[str, Any]) -> dict[str, Any]:
    spec = document["spec"]
    found = spec["predictor"] if "predictor" in spec else spec["predictors"][0]["componentSpecs"][0]["spec"]
    return dict(found)


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["env"] if "value" in item}


def closed(schema: Any) -> Any:
    """The schema with no room for fields it does not name, as the API server's strict validation has it."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        inner["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    return inner


def schema_of(group: str, kind: str) -> dict[str, Any]:
    folder = Path(os.environ.get("CRD_SCHEMAS", PROJECT.parent / "shared" / "crds"))
    file = folder / group / f"{kind}.json"
    if not file.exists():
        pytest.skip(f"no {file}; name the folder of custom resources' schemas in CRD_SCHEMAS")
    schema = closed(json.loads(file.read_text()))
    schema["properties"]["metadata"] = {"type": "object"}
    return dict(schema)


@pytest.mark.parametrize("scaled", [True, False])
@BOTH
def test_the_api_server_accepts_it(kind: Kind, scaled: bool) -> None:
    schema = schema_of(kind.group, f"{kind.plural.removesuffix('s')}_{kind.version}")
    fixed = Serving(image="x:1", tracking_uri="http://mlflow.mlflow")
    document = made(kind, serving=SERVING if scaled else fixed)
    jsonschema.validate(document, schema)
    wrong = made(kind)
    pod(wrong)["containers"][0]["comand"] = ["python"]
    with pytest.raises(jsonschema.ValidationError, match="comand"):
        jsonschema.validate(wrong, schema)


@BOTH
def test_the_pod_has_little_power_and_no_key_in_plain_sight(kind: Kind) -> None:
    spec = pod(made(kind))
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    assert spec["serviceAccountName"] == "model-server"
    for container in [*spec["initContainers"], *spec["containers"]]:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert not any("SECRET" in name for name in variables(container))
        assert container["resources"]["limits"]["memory"]
    [download], [server] = spec["initContainers"], spec["containers"]
    assert variables(download)["MLFLOW_TRACKING_URI"] == "http://mlflow.mlflow"
    keys = {item["name"]: item["valueFrom"] for item in server["env"] if "valueFrom" in item}
    reference = {"secretKeyRef": {"name": "model-server-buckets", "key": "secretKey"}}
    assert keys == {"AWS_SECRET_ACCESS_KEY": reference}


@BOTH
def test_a_gpu_is_asked_for_once_and_takes_the_pod_to_its_nodes(kind: Kind) -> None:
    spec = pod(made(kind))
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
    # The model is downloaded beside it, before the server starts: a second one would never be free.
    assert "nvidia.com/gpu" not in spec["initContainers"][0]["resources"]["limits"]
    assert spec["nodeSelector"] == {"pool": "gpu"}
    assert spec["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    without = pod(made(kind, serving=Serving(image="x:1", tracking_uri="http://mlflow.mlflow")))
    assert "nodeSelector" not in without and "tolerations" not in without


@BOTH
def test_batches_and_the_log_are_the_servers_own_settings(kind: Kind) -> None:
    env = variables(pod(made(kind))["containers"][0])
    assert (env["MLSERVER_MODEL_MAX_BATCH_SIZE"], env["OPEN_MLOPS_DATA"]) == ("8", "s3://data")
    assert json.loads(env["OPEN_MLOPS_INFERENCE_LOG"]) == {"sample": 0.5}
    mounts = {each["mountPath"] for each in pod(made(kind))["containers"][0]["volumeMounts"]}
    assert env["OPEN_MLOPS_INFERENCE_JOURNAL"] in mounts
    plain = pod(made(kind, serving=Serving(image="x:1", tracking_uri="http://mlflow.mlflow")))
    assert "OPEN_MLOPS_INFERENCE_JOURNAL" not in variables(plain["containers"][0])


@BOTH
def test_a_pod_that_is_to_end_answers_until_the_edge_knows_and_has_time_for_what_it_was_asked(
    kind: Kind,
) -> None:
    spec = pod(made(kind))
    said = spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    # An unload waits for requests up to 60 s, and the log is shipped after them.
    assert said == ["sleep", "10"] and spec["terminationGracePeriodSeconds"] >= 10 + 60 + 20


def test_between_least_and_most_the_cpu_decides() -> None:
    [predictor] = made(Seldon())["spec"]["predictors"]
    [component] = predictor["componentSpecs"]
    assert (component["hpaSpec"]["minReplicas"], component["hpaSpec"]["maxReplicas"]) == (2, 4)
    assert component["pdbSpec"] == {"maxUnavailable": 1}
    predictor = made(KServe())["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"], predictor["scaleMetric"]) == (2, 4, "cpu")
    one = Serving(image="x:1", tracking_uri="http://mlflow.mlflow")
    [component] = made(Seldon(), serving=one)["spec"]["predictors"][0]["componentSpecs"]
    # A single one is not held: it would keep its node for ever.
    assert "hpaSpec" not in component and "pdbSpec" not in component
    alone = made(KServe(), serving=one)
    assert alone["metadata"]["annotations"]["serving.kserve.io/autoscalerClass"] == "none"


@BOTH
def test_versions_are_objects_beside_each_other_that_say_what_runs(kind: Kind) -> None:
    other = made(kind, ResolvedModel("models:/flights/4", "flights", "4", "1a"))
    assert (made(kind)["metadata"]["name"], other["metadata"]["name"]) == ("flights-v3", "flights-v4")
    assert kinds.record(other) == {
        "model_uri": "models:/flights/4",
        "name": "flights",
        "version": "4",
        "run_id": "1a",
        "image": "registry.example/serving:1",
    }
    assert kinds.config_of(other) == {"replicas": "2"}
    assert kinds.label_of(other) == "4"


def test_no_two_deployments_versions_have_one_name() -> None:
    assert kinds.object_name("flights", "3") == "flights-v3"
    # A deployment may be called as another's version is.
    assert kinds.object_name("flights-v3", "1") == "flights-v3-v1"
    run = kinds.object_name("flights", "0f" * 16)
    assert run.startswith("flights-r") and len(kinds.object_name("a" * 32, "0f" * 16)) <= 46
    for name in ("Flights", "a_b", "-a", "a" * 33, ""):
        with pytest.raises(MlflowException, match="use at most 32 lower-case letters"):
            kinds.object_name(name, "1")


@BOTH
def test_its_containers_serve_the_model(kind: Kind, tracking: Server, tmp_path: Path) -> None:
    """What the pod's two containers run, run here with the folders of the pod as folders of the test."""
    version = register(1)
    data = tmp_path / "data"
    serving = Serving(
        image="x:1",
        tracking_uri=tracking.address,
        log={"drop": ["word"]},
        env={"OPEN_MLOPS_DATA": f"file://{data}"},
    )
    document = kind.manifest(NAME, "models", resolve(f"models:/{NAME}/{version}"), serving, {})
    spec, models, home = pod(document), tmp_path / "models", tmp_path / "tmp"
    home.mkdir()

    def here(text: str) -> str:
        text = text.replace("/mnt/journal", str(tmp_path / "journal"))
        return text.replace("/mnt/models", str(models)).replace("/tmp/", f"{home}/")

    [download], [server] = spec["initContainers"], spec["containers"]
    command = [here(word) for word in [*download["command"], *download["args"]]]
    env = {**os.environ, **QUIET, **variables(download), "HOME": str(home)}
    subprocess.run([str(serving_program(command[0])), *command[1:]], env=env, check=True, cwd=home)

    # The working folder is read-only in the pod, so nothing may appear.
    working = tmp_path / "working"
    working.mkdir()
    said = {key: here(value) for key, value in variables(server).items() if not key.endswith("_PORT")}
    said["OPEN_MLOPS_DATA"] = variables(server)["OPEN_MLOPS_DATA"]
    # Seldon's operator adds the model's name.
    running = mlserver_in(working, {"MLSERVER_MODEL_NAME": NAME, **said, "HOME": str(home)}, models)
    running.ready = server["readinessProbe"]["httpGet"]["path"]
    running.start()
    try:
        v2 = V2Server(running.address)
        assert v2.versions(NAME) == [version]
        served = v2.predict(NAME, sample(100)).get_predictions("ndarray")
        np.testing.assert_array_equal(
            served, mlflow.pyfunc.load_model(f"models:/{NAME}/{version}").predict(sample(100))
        )
    finally:
        running.stop()
    assert [path.name for path in working.iterdir()] == ["log"]
    assert running.process is not None and running.process.returncode == 0
    # It was stopped before the log's interval was over: what was answered was shipped on the way out.
    [file] = data.rglob("*.parquet")
    assert f"model={NAME}/version={version}" in str(file)

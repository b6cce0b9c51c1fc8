"""The manifest of a deployment in a cluster: what the API server accepts, and what its pod really does."""

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

from open_mlops.deployments import manifest, seldon
from open_mlops.deployments.http import V2Server
from open_mlops.deployments.models import ResolvedModel, resolve

MODEL = ResolvedModel("models:/flights/3", "flights", "3", "0f")
SERVING = manifest.Serving(
    image="registry.example/serving:1", tracking_uri="http://mlflow.mlflow", replicas=2
)


def made(name: str = "flights", model: ResolvedModel = MODEL) -> dict[str, Any]:
    return manifest.seldon_deployment(name, "seldon", model, SERVING)


def pod(document: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = document["spec"]["predictors"][0]["componentSpecs"][0]["spec"]
    return spec


def variables(container: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container["env"]}


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


def test_the_api_server_accepts_it() -> None:
    folder = Path(os.environ.get("CRD_SCHEMAS", PROJECT.parent / "shared" / "crds"))
    file = folder / "machinelearning.seldon.io" / "seldondeployment_v1.json"
    if not file.exists():
        pytest.skip(f"no {file}; name the folder of custom resources' schemas in CRD_SCHEMAS")
    schema = closed(json.loads(file.read_text()))
    schema["properties"]["metadata"] = {"type": "object"}
    jsonschema.validate(made(), schema)
    wrong = made()
    wrong["spec"]["predictors"][0]["replica"] = 1
    with pytest.raises(jsonschema.ValidationError, match="replica"):
        jsonschema.validate(wrong, schema)


def test_a_deployment_is_opened_at_its_path_of_the_edge_and_its_callers_tokens_stay_there() -> None:
    edge = seldon.edge_of(
        {"published": "https://models.mlops.example:30443", "gateway": "envoy-gateway/edge"}
    )
    assert edge is not None
    route = manifest.http_route("flights", "seldon", edge, "0-0")
    folder = Path(os.environ.get("CRD_SCHEMAS", PROJECT.parent / "shared" / "crds"))
    file = folder / "gateway.networking.k8s.io" / "httproute_v1.json"
    if file.exists():
        schema = closed(json.loads(file.read_text()))
        schema["properties"]["metadata"] = {"type": "object"}
        jsonschema.validate(route, schema)
    # The admission policy compares hosts, which have no port.
    assert route["spec"]["hostnames"] == ["models.mlops.example"]
    (parent,) = route["spec"]["parentRefs"]
    assert parent == {"name": "edge", "namespace": "envoy-gateway", "sectionName": "https"}
    (rule,) = route["spec"]["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/v2/models/flights"}}]
    assert rule["backendRefs"] == [{"name": manifest.service("flights"), "port": manifest.HTTP_PORT}]
    assert rule["filters"][0]["requestHeaderModifier"] == {"remove": ["authorization", "cookie"]}
    (owner,) = route["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("SeldonDeployment", "flights", "0-0")


def test_a_target_without_an_edge_opens_nothing_and_half_of_one_is_refused() -> None:
    assert seldon.edge_of({"image": "registry.example/serving:1"}) is None
    for half in (
        {"published": "https://models.x"},
        {"gateway": "a/b"},
        {"published": "http://x", "gateway": "a/b"},
    ):
        with pytest.raises(MlflowException, match="or neither"):
            seldon.edge_of(half)


def test_the_pod_holds_no_keys_and_little_power() -> None:
    spec = pod(made())
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    for container in [*spec["initContainers"], *spec["containers"]]:
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert not any("AWS" in name or "SECRET" in name for name in variables(container))
        assert container["resources"]["limits"]["memory"]
    assert variables(spec["initContainers"][0])["MLFLOW_TRACKING_URI"] == "http://mlflow.mlflow"


def test_a_node_that_is_emptied_takes_one_of_several_at_a_time_and_a_single_one_is_not_held() -> None:
    several = made()["spec"]["predictors"][0]["componentSpecs"][0]
    assert several["pdbSpec"] == {"maxUnavailable": 1}
    one = manifest.Serving(image=SERVING.image, tracking_uri=SERVING.tracking_uri)
    single = manifest.seldon_deployment("flights", "seldon", MODEL, one)
    assert "pdbSpec" not in single["spec"]["predictors"][0]["componentSpecs"][0]


def test_another_version_is_another_pod_and_says_so() -> None:
    other = made(model=ResolvedModel("models:/flights/4", "flights", "4", "1a"))
    assert pod(other) != pod(made())
    assert manifest.record(other) == {
        "model_uri": "models:/flights/4",
        "name": "flights",
        "version": "4",
        "run_id": "1a",
    }


def test_a_name_that_cannot_be_a_service_is_refused() -> None:
    for name in ("Flights", "a_b", "-a", "a" * 33, ""):
        with pytest.raises(MlflowException, match="use at most 32 lower-case letters"):
            made(name)


def test_config_is_checked() -> None:
    image = "registry.example/serving:2"
    chosen = seldon._serving(
        {"tracking_uri": "http://mlflow.mlflow", "replicas": "3", "memory": "2Gi"}, image
    )
    assert (chosen.image, chosen.replicas, chosen.memory) == (image, 3, "2Gi")
    assert (
        seldon._serving({"tracking_uri": "http://mlflow.mlflow", "image": "mine:1"}, image).image == "mine:1"
    )
    with pytest.raises(MlflowException, match="unknown config replica; known are image"):
        seldon._serving({"tracking_uri": "http://mlflow.mlflow", "replica": 1}, image)
    with pytest.raises(MlflowException, match=r"'sqlite:///x\.db', which a pod cannot reach"):
        seldon._serving({"tracking_uri": "sqlite:///x.db"}, image)
    with pytest.raises(MlflowException, match=r"no serving image; name it in the target, seldon://"):
        seldon._serving({}, "")


def test_the_target_names_the_namespace_and_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seldon.sign_in, "load_incluster_config", lambda: None)
    target = seldon.SeldonDeploymentClient("seldon://models?image=registry.example:5000/open/serving:2")
    assert (target._namespace, target._image) == ("models", "registry.example:5000/open/serving:2")
    with pytest.raises(MlflowException, match=r"target is 'seldon://'; use seldon://<namespace>\?image="):
        seldon.SeldonDeploymentClient("seldon://")


def test_its_containers_serve_the_model(tracking: Server, tmp_path: Path) -> None:
    """What the pod's two containers run, run here with the folder of the pod as a folder of the test."""
    version = register(1)
    serving = manifest.Serving(image="unused", tracking_uri=tracking.address)
    document = manifest.seldon_deployment(NAME, "seldon", resolve(f"models:/{NAME}/{version}"), serving)
    spec, models, home = pod(document), tmp_path / "models", tmp_path / "tmp"
    home.mkdir()

    def here(text: str) -> str:
        return text.replace("/mnt/models", str(models)).replace("/tmp/", f"{home}/")

    [download], [server] = spec["initContainers"], spec["containers"]
    command = [here(word) for word in [*download["command"], *download["args"]]]
    env = {**os.environ, **QUIET, **variables(download), "HOME": str(home)}
    subprocess.run([str(serving_program(command[0])), *command[1:]], env=env, check=True, cwd=home)

    # The operator adds the model's name. The working folder is read-only in the pod, so nothing may appear.
    working = tmp_path / "working"
    working.mkdir()
    settings = {key: here(value) for key, value in variables(server).items()} | {"MLSERVER_MODEL_NAME": NAME}
    running = mlserver_in(working, settings | {"HOME": str(home)}, models)
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

"""Who answers for a deployment in a cluster, and what its client is told: pure decisions, no cluster."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import free_port
from mlflow.deployments import get_deploy_client
from mlflow.exceptions import MlflowException
from test_cluster_manifests import schema_of

from open_mlops.deployments.cluster import api, route
from open_mlops.deployments.cluster.options import serving
from open_mlops.deployments.cluster.route import Gate, http_route, probe_path, split_of
from open_mlops.deployments.cluster.settings import ClusterSettings, settings_of
from open_mlops.door import Split

INSIDE = Gate("http://models.envoy-gateway", "models", "envoy-gateway", "http")
EDGE = Gate("https://models.mlops.example:30443", "edge", "envoy-gateway", "https")


def backend(version: str) -> tuple[str, int]:
    return f"flights-v{version}-default", 9000


def made(split: Split, *gates: Gate) -> dict[str, object]:
    return http_route("flights", "seldon", split, gates or (INSIDE,), backend)


@pytest.mark.parametrize(
    "split", [Split({"3": 1}), Split({"3": 90, "4": 10}), Split({"3": 1}, shadow="4", shadow_percent=50)]
)
def test_a_route_is_accepted_and_says_its_split_again(split: Split) -> None:
    document = made(split, INSIDE, EDGE)
    jsonschema.validate(document, schema_of("gateway.networking.k8s.io", "httproute_v1"))
    assert split_of(document) == split


def test_one_route_splits_for_those_inside_and_outside_alike() -> None:
    spec = made(Split({"3": 90, "4": 10}), INSIDE, EDGE)["spec"]
    assert [(each["name"], each["sectionName"]) for each in spec["parentRefs"]] == [
        ("models", "http"),
        ("edge", "https"),
    ]
    # The admission policy compares hosts, which have no port.
    assert spec["hostnames"] == ["models.envoy-gateway", "models.mlops.example"]
    model = spec["rules"][-1]
    assert model["matches"] == [{"path": {"type": "PathPrefix", "value": "/v2/models/flights"}}]
    assert model["backendRefs"] == [
        {"name": "flights-v3-default", "port": 9000, "weight": 90},
        {"name": "flights-v4-default", "port": 9000, "weight": 10},
    ]
    assert model["filters"][0]["requestHeaderModifier"] == {"remove": ["authorization", "cookie"]}


def test_a_shadow_gets_copies_and_answers_nobody() -> None:
    model = made(Split({"3": 1}, shadow="4"))["spec"]["rules"][-1]
    assert [each["name"] for each in model["backendRefs"]] == ["flights-v3-default"]
    mirror = model["filters"][-1]["requestMirror"]
    assert mirror == {"backendRef": {"name": "flights-v4-default", "port": 9000}, "percent": 100}


def test_a_version_without_a_share_is_not_named() -> None:
    """Its service may be gone, and the edge answers for a missing service with errors."""
    model = made(Split({"3": 0, "4": 1}))["spec"]["rules"][-1]
    assert [each["name"] for each in model["backendRefs"]] == ["flights-v4-default"]


def test_each_split_is_asked_for_at_an_address_of_its_own() -> None:
    one, other = Split({"3": 90, "4": 10}), Split({"3": 50, "4": 50})
    assert probe_path("flights", one) != probe_path("flights", other)
    probe = made(one)["spec"]["rules"][0]
    assert probe["matches"][0]["path"] == {"type": "Exact", "value": probe_path("flights", one)}


def test_what_the_edge_refuses_is_told_once_it_has_seen_the_newest() -> None:
    document = made(Split({"3": 1}))
    document["metadata"]["generation"] = 2
    said = {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "no service"}
    document["status"] = {
        "parents": [{"parentRef": {"name": "models"}, "conditions": [{**said, "observedGeneration": 1}]}]
    }
    assert route.refused(document, (INSIDE,)) is None
    document["status"]["parents"][0]["conditions"][0]["observedGeneration"] = 2
    assert route.refused(document, (INSIDE,)) == "models: BackendNotFound no service"


@pytest.mark.parametrize("target", ["seldon", "kserve"])
def test_mlflow_finds_the_client_and_a_cluster_that_is_not_there_is_told(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{free_port()}"}}],
        "users": [{"name": "x", "user": {}}],
        "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
        "current-context": "x",
    }
    (tmp_path / "config").write_text(json.dumps(nowhere))
    monkeypatch.setattr(api.sign_in.kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "config"))
    with pytest.raises(MlflowException, match="the cluster does not answer"):
        get_deploy_client(f"{target}://models")
    with pytest.raises(MlflowException, match=f"target is '{target}://'; use {target}://<namespace>"):
        get_deploy_client(f"{target}://")


def settings(gpu: bool = True) -> ClusterSettings:
    nodes = {"resource": "nvidia.com/gpu", "nodeSelector": {"pool": "gpu"}, "tolerations": [{"key": "x"}]}
    inside = {"address": "http://models.x/", "gateway": "models", "namespace": "x", "listener": "http"}
    return settings_of(
        {
            "image": "registry.example:5000/serving:2",
            "trackingUri": "http://mlflow.mlflow",
            "inside": inside,
            "env": {"OPEN_MLOPS_DATA": "s3://data"},
            "secretEnv": {"AWS_ACCESS_KEY_ID": {"name": "keys", "key": "id"}},
            **({"gpu": nodes} if gpu else {}),
        }
    )


def test_config_is_words_over_what_the_platform_says() -> None:
    words = {"replicas": "2", "max_replicas": "5", "memory": "2Gi", "gpu": "1", "max_batch_size": "8"}
    chosen = serving({**words, "log_drop": "name,tailnum", "timeout": "60"}, settings())
    assert (chosen.replicas, chosen.max_replicas, chosen.memory, chosen.gpu) == (2, 5, "2Gi", 1)
    assert chosen.gpu_nodes and chosen.gpu_nodes.node_selector == {"pool": "gpu"}
    assert (chosen.max_batch_size, chosen.log) == (8, {"drop": ["name", "tailnum"]})
    assert (chosen.image, chosen.tracking_uri) == ("registry.example:5000/serving:2", "http://mlflow.mlflow")
    assert chosen.secret_env == {"AWS_ACCESS_KEY_ID": ("keys", "id")}
    assert serving({"image": "mine:1"}, settings()).image == "mine:1"
    assert serving({"replicas": 3}, settings()).max_replicas == 3


def test_everything_that_is_wrong_with_a_config_is_said_at_once() -> None:
    wrong = {
        "replica": 1,
        "replicas": "0",
        "max_replicas": "many",
        "cpu": "a lot",
        "memory": "2 GB",
        "gpu": 1,
        "image": "registry.example:5000/serving",
        "timeout": "soon",
        "max_batch_size": "x",
        "log_sample": "2",
    }
    with pytest.raises(MlflowException) as caught:
        serving(wrong, settings(gpu=False))
    for problem in (
        "no config replica; there are image, replicas",
        "replicas is '0'; use a whole number, 1 or more",
        "max_replicas is 'many'; use a whole number",
        "cpu is 'a lot'; use cores such as 0.5",
        "memory is '2 GB'; use bytes such as 512Mi",
        "gpu is 1 and the platform has no GPU nodes; add some",
        "image is 'registry.example:5000/serving'; name a tag or a digest too",
        "timeout is 'soon'; use seconds",
        "max_batch_size is 'x'; use a number",
        "sample is 2.0; use 0 to 1",
    ):
        assert problem in caught.value.message
    with pytest.raises(MlflowException, match="max_replicas is 2 and replicas is 3; use as many or more"):
        serving({"replicas": 3, "max_replicas": 2}, settings())

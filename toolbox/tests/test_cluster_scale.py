"""How many pods a version begins with in a cluster, where the CPU decides: pure decisions, no cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import jsonschema
import pytest
from test_cluster_manifests import BOTH, MODEL, made, schema_of
from test_cluster_route import settings

from open_mlops.deployments.cluster import versions
from open_mlops.deployments.cluster.api import DEPLOYMENTS, ROUTES, Resource
from open_mlops.deployments.cluster.kinds import Kind
from open_mlops.deployments.cluster.pod import DEPLOYMENT, REVISION, SERVED, Serving
from open_mlops.deployments.cluster.route import http_route
from open_mlops.deployments.cluster.versions import ClusterVersions
from open_mlops.deployments.models import ResolvedModel
from open_mlops.door import Split

NEXT = ResolvedModel("models:/flights/4", "flights", "4", "1a")
CONFIG = {"replicas": "2", "max_replicas": "10", "image": "mine:1"}


def least(document: dict[str, Any]) -> int:
    spec = document["spec"]
    if "predictor" in spec:
        return int(spec["predictor"]["minReplicas"])
    return int(spec["predictors"][0]["componentSpecs"][0]["hpaSpec"]["minReplicas"])


@BOTH
def test_it_has_as_many_as_it_is_told_where_the_cpu_decides(kind: Kind) -> None:
    document = made(kind)
    more = kind.at_least(document, 3)
    assert (least(document), least(more), least(kind.at_least(document, 9))) == (2, 3, 4)
    # The pods are the same, so none is started anew.
    marks = "metadata", "annotations"
    assert more[marks[0]][marks[1]] == document[marks[0]][marks[1]]
    fixed = made(kind, serving=Serving(image="x:1", tracking_uri="http://mlflow.mlflow", replicas=2))
    assert kind.at_least(fixed, 5) == fixed
    jsonschema.validate(more, schema_of(kind.group, f"{kind.plural.removesuffix('s')}_{kind.version}"))


class Objects:
    """What a cluster holds, and an autoscaler that has brought version 3 to seven pods. A new object's
    Deployment has one pod at first, and its least a look later, as controllers do it.
    """

    namespace = "models"

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.objects: dict[str, dict[str, Any]] = {}
        self.route: dict[str, Any] = {}
        self.looks: dict[str, int] = {}
        self.pods = {"flights-v3": 7}

    def get(self, resource: Resource, name: str) -> dict[str, Any] | None:
        return self.route or None if resource == ROUTES else deepcopy(self.objects.get(name))

    def put(self, resource: Resource, body: dict[str, Any]) -> None:
        ready = {"state": "Available", "conditions": [{"type": "Ready", "status": "True"}]}
        self.objects[body["metadata"]["name"]] = {**deepcopy(body), "status": ready}

    def delete(self, resource: Resource, name: str) -> None:
        del self.objects[name]

    def find(self, resource: Resource, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        if resource != DEPLOYMENTS:
            assert set(labels) == {DEPLOYMENT}
            return [deepcopy(each) for each in self.objects.values()]
        name = labels[SERVED]
        if name not in self.objects:
            return []
        self.looks[name] = self.looks.get(name, 0) + 1
        pods = self.pods.get(name) or (1 if self.looks[name] == 1 else least(self.objects[name]))
        marks = {REVISION: self.objects[name]["metadata"]["annotations"][REVISION]}
        counts = dict.fromkeys(("updatedReplicas", "availableReplicas", "replicas"), pods)
        return [
            {
                "metadata": {"generation": 1},
                "spec": {"replicas": pods, "template": {"metadata": {"annotations": marks}}},
                "status": {"observedGeneration": 1, **counts},
            }
        ]


@BOTH
def test_a_version_begins_with_as_many_pods_as_the_one_that_it_is_to_replace_was_scaled_to(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(versions.time, "sleep", slept.append)
    monkeypatch.setattr(versions, "problems", lambda *_: [])
    monkeypatch.setattr(ClusterVersions, "_answers", lambda *_: "")
    cluster, said = Objects(kind), settings(gpu=False)
    cluster.put(("", "", ""), kind.manifest("flights", "models", MODEL, Serving("x:1", ""), CONFIG))
    cluster.route = http_route("flights", "models", Split({"3": 1}), said.gates, lambda _: ("service", 80))
    placed = ClusterVersions(cluster, kind, said)  # type: ignore[arg-type]
    placed.load("flights", NEXT, CONFIG)
    assert least(cluster.objects["flights-v4"]) == 7
    # It was not called ready with the one pod that it had at first.
    assert cluster.looks["flights-v4"] > 1
    placed.retire("flights", ["4"])
    assert list(cluster.objects) == ["flights-v4"]
    assert least(cluster.objects["flights-v4"]) == 2
    # Its autoscaler has seen the requests by then.
    assert slept[-1] == versions.SEEN
    assert (
        json.loads(cluster.objects["flights-v4"]["metadata"]["annotations"]["open-mlops.org/config"])
        == CONFIG
    )
    slept.clear()
    placed.retire("flights", ["4"])
    assert slept == []

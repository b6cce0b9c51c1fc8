"""Why a version does not get ready, in the cluster's own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .api import DEPLOYMENTS, Cluster
from .pod import REVISION, SERVED, Json

#: States of a container that nobody's waiting mends.
_HOPELESS = {
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
}
_WORDS = 1500


@dataclass(frozen=True)
class Problem:
    """`hopeless`: it stays so unless somebody changes something."""

    said: str
    hopeless: bool


def problems(cluster: Cluster, kind: str, served: str, revision: str) -> list[Problem]:
    """Of the object, its Deployments and its newest pods; the same words once."""
    deployments = cluster.find(DEPLOYMENTS, {SERVED: served})
    found = [problem for each in deployments for problem in _of_deployment(each)]
    pods = [
        pod
        for pod in cluster.pods({SERVED: served})
        if pod.metadata and (pod.metadata.annotations or {}).get(REVISION) == revision
    ]
    found += [problem for pod in pods for problem in _of_pod(pod)]
    if not deployments:
        found += [Problem(said, False) for said in cluster.warnings(kind, served)[-3:]]
    return list({problem.said: problem for problem in found}.values())


def pods_of(deployments: list[Json]) -> int:
    """How many pods they are to have now, by whoever decided it."""
    return sum(int(each["spec"].get("replicas", 1)) for each in deployments)


def rolled_out(deployment: Json, revision: str) -> bool:
    """Whether all of its pods are of this revision and ready."""
    template = deployment["spec"]["template"]["metadata"].get("annotations") or {}
    status, wanted = deployment.get("status") or {}, deployment["spec"].get("replicas", 1)
    return bool(
        template.get(REVISION) == revision
        and status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0) >= wanted
        and status.get("availableReplicas", 0) >= wanted
        and status.get("replicas", 0) == status.get("updatedReplicas", 0)
    )


def _of_deployment(deployment: Json) -> Iterator[Problem]:
    for each in (deployment.get("status") or {}).get("conditions") or []:
        # A quota or a policy that refuses pods is said here.
        if each["type"] == "ReplicaFailure" and each["status"] == "True":
            yield Problem(f"{each.get('reason', '')}: {each.get('message', '')}", True)


def _of_pod(pod: Any) -> Iterator[Problem]:
    for condition in pod.status.conditions or []:
        if condition.type == "PodScheduled" and condition.status == "False":
            # A node may come.
            yield Problem(f"no node takes the pod: {condition.message}", False)
    for status in [*(pod.status.init_container_statuses or []), *(pod.status.container_statuses or [])]:
        ended = status.last_state.terminated or status.state.terminated
        if ended and ended.exit_code:
            # The end of what it said last is where the error is.
            words = (ended.message or "").strip()[-_WORDS:]
            yield Problem(
                f"{status.name} ended with {ended.exit_code} ({ended.reason}) {words}".strip(), False
            )
        waiting = status.state.waiting
        if waiting and waiting.reason not in (None, "PodInitializing", "ContainerCreating"):
            said = f"{status.name}: {waiting.reason}: {waiting.message or ''}".strip(": ")
            yield Problem(said[:_WORDS], waiting.reason in _HOPELESS)

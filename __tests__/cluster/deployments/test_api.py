"""What the deployments plugin asks of a cluster, judged by a real API server.

The namespace is CLUSTER_NAMESPACE; nothing is left in it. Manifests are only tried (`dryRun`).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from kubernetes import client
from kubernetes import config as sign_in
from mlflow.exceptions import MlflowException
from open_mlops.deployments.cluster.api import LEASES, Cluster
from open_mlops.deployments.cluster.kinds import Kind
from open_mlops.deployments.cluster.lease import SILENCE, Lease
from open_mlops.deployments.cluster.pod import Gpu, Serving
from open_mlops.deployments.cluster.route import Gate, http_route
from open_mlops.deployments.kserve import KServe
from open_mlops.deployments.models import ResolvedModel
from open_mlops.deployments.seldon import Seldon
from open_mlops.door import Split
from open_mlops.release_plan import ReleaseError

NAMESPACE = os.environ["CLUSTER_NAMESPACE"]
NAME = "flights"
MODEL = ResolvedModel("models:/flights/3", "flights", "3", "0f")
HOLDER = f"""
import sys, time
from open_mlops.deployments.cluster.api import Cluster
from open_mlops.deployments.cluster.lease import Lease
lease = Lease(Cluster({NAMESPACE!r}), {NAME!r})
with lease.alone():
    lease.keep({{"phase": "trying"}})
    print("held", flush=True)
    sys.stdin.readline()
    lease.keep({{"phase": "promoting"}})
"""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(NAMESPACE)
    yield cluster
    cluster.delete(LEASES, f"release-{NAME}")


@pytest.fixture
def holder(cluster: Cluster) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease until it is told a line."""
    pipe = subprocess.PIPE
    held = subprocess.Popen([sys.executable, "-c", HOLDER], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert held.stdout and held.stdout.readline() == "held\n"
    yield held
    held.kill()
    held.wait()


def test_one_releases_at_a_time_and_leaves_nothing(cluster: Cluster) -> None:
    lease = Lease(cluster, NAME)
    with lease.alone():
        lease.keep({"phase": "trying"})
        assert lease.journal() == {"phase": "trying"}
        other = Lease(Cluster(NAMESPACE), NAME)
        with pytest.raises(ReleaseError, match="flights is being released by another"), other.alone():
            pass
        lease.keep(None)
    assert cluster.get(LEASES, f"release-{NAME}") is None


def test_what_is_unfinished_stays_and_nobody_is_waited_for(cluster: Cluster) -> None:
    with Lease(cluster, NAME).alone() as _, pytest.raises(RuntimeError):
        raise RuntimeError
    lease = Lease(cluster, NAME)
    with lease.alone():
        lease.keep({"phase": "promoting"})
    begun = time.monotonic()
    other = Lease(cluster, NAME)
    assert other.journal() == {"phase": "promoting"}
    with other.alone():
        assert time.monotonic() - begun < 5
        other.keep(None)


def test_one_that_was_killed_is_taken_over_from(cluster: Cluster, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    begun = time.monotonic()
    lease = Lease(cluster, NAME)
    with lease.alone():
        assert SILENCE - 5 < time.monotonic() - begun < SILENCE + 15
        assert lease.journal() == {"phase": "trying"}
        lease.keep(None)


def test_one_that_was_only_asleep_finds_out_that_it_was_replaced(
    cluster: Cluster, holder: subprocess.Popen[str]
) -> None:
    holder.send_signal(signal.SIGSTOP)
    lease = Lease(cluster, NAME)
    with lease.alone():
        holder.send_signal(signal.SIGCONT)
        _, said = holder.communicate("go on\n", timeout=60)
        assert holder.returncode == 1 and "ReleaseError" in said
        assert lease.journal() == {"phase": "trying"}
        lease.keep(None)


SERVING = Serving(
    image="registry.example/serving:1",
    tracking_uri="http://mlflow.mlflow",
    replicas=1,
    max_replicas=3,
    gpu=1,
    gpu_nodes=Gpu("nvidia.com/gpu", {"pool": "gpu"}, ({"key": "nvidia.com/gpu", "operator": "Exists"},)),
    max_batch_size=8,
    log={"sample": 0.5},
    env={"OPEN_MLOPS_DATA": "s3://data"},
    secret_env={"AWS_SECRET_ACCESS_KEY": ("keys", "secret")},
)


def admitted(group: str, version: str, plural: str, body: dict[str, object]) -> None:
    """Strictly: a field that the cluster does not know is refused."""
    sign_in.load_config()
    known = client.ApisApi().get_api_versions().groups
    if group not in {each.name for each in known}:
        pytest.skip(f"the cluster has no {plural}.{group}; install its definitions")
    client.CustomObjectsApi().create_namespaced_custom_object(
        group, version, NAMESPACE, plural, body, dry_run="All", field_validation="Strict"
    )


@pytest.mark.parametrize("kind", [Seldon(), KServe()], ids=["seldon", "kserve"])
def test_a_version_is_admitted(kind: Kind) -> None:
    for serving in (SERVING, Serving(image="x:1", tracking_uri="http://mlflow.mlflow")):
        body = kind.manifest(NAME, NAMESPACE, MODEL, serving, {})
        admitted(kind.group, kind.version, kind.plural, body)


@pytest.mark.parametrize("split", [Split({"3": 90, "4": 10}), Split({"3": 1}, shadow="4")])
def test_a_split_is_admitted(split: Split) -> None:
    gates = (Gate("http://models.envoy-gateway", "models", "envoy-gateway", "http"),)
    body = http_route(NAME, NAMESPACE, split, gates, lambda version: (f"flights-v{version}-default", 9000))
    admitted("gateway.networking.k8s.io", "v1", "httproutes", body)


def test_what_the_api_server_refuses_is_told(cluster: Cluster) -> None:
    with pytest.raises(MlflowException, match=r'the cluster says 422: .*"Release_x" is invalid'):
        named = {"name": "Release_x"}
        lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": named, "spec": {}}
        cluster.create(LEASES, lease)

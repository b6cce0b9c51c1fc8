"""Runs the configuration of teams as the Hub and the gateway do, and prints what comes of it for some people.

Reads `{"hub": text, "gateway": text, "people": {name: [group, ...]}}`. Users and groups are the Hub's own, options and users
the gateway's own; pods are Kubernetes' own where its client is installed, and plain objects elsewhere.
"""

import json
import sys
from types import SimpleNamespace

from dask_gateway_server.models import User
from jupyterhub import orm
from traitlets.config import Config

try:
    from kubernetes_asyncio.client import V1ObjectMeta, V1Pod, V1PodSpec
except ImportError:
    V1ObjectMeta = V1Pod = V1PodSpec = SimpleNamespace

given = json.load(sys.stdin)


def hub_pods():
    c = Config()
    exec(given["hub"], {"c": c})
    db = orm.new_session_factory("sqlite://")()
    groups = {name: orm.Group(name=name) for name in {g for of in given["people"].values() for g in of}}
    db.add_all(groups.values())
    for name, of in given["people"].items():
        person = orm.User(name=name)
        db.add(person)
        for group in of:
            groups[group].users.append(person)
        db.commit()
        spec = V1PodSpec(containers=[], priority_class_name="open-mlops-people")
        pod = V1Pod(metadata=V1ObjectMeta(labels={"component": "singleuser-server"}), spec=spec)
        pod = c.KubeSpawner.modify_pod_hook(SimpleNamespace(user=person), pod)
        yield name, [pod.spec.priority_class_name, pod.metadata.labels]


def gateway_clusters():
    c = Config()
    c.KubeClusterConfig.scheduler_extra_pod_config = {
        "serviceAccountName": "dask-worker",
        "priorityClassName": "p",
    }
    c.KubeClusterConfig.worker_extra_pod_config = {
        "serviceAccountName": "dask-worker",
        "priorityClassName": "w",
    }
    exec(given["gateway"], {"c": c})
    options = c.Backend.cluster_options
    for name, of in given["people"].items():
        changes = options.get_configuration(options.parse_options({}), User(name, groups=of))
        try:
            from dask_gateway_server.backends.kubernetes.backend import KubeClusterConfig

            KubeClusterConfig(config=c, **changes)
        except ModuleNotFoundError:
            pass
        yield name, changes


print(json.dumps({"hub": dict(hub_pods()), "gateway": dict(gateway_clusters())}))

"""What the cluster knows of homes: claims, the pods of their people, and jobs of our own beside them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from kubernetes import client
from kubernetes import config as sign_in
from kubernetes.client.exceptions import ApiException

from ..store import BackupError
from .repository import Copy

#: The label by which pods and jobs of this part are known, in the namespace of the homes.
HOME_LABEL = "open-mlops/home-job"
API_FAILURES = (ApiException, sign_in.ConfigException)


@dataclass(frozen=True)
class Claim:
    name: str
    user: str
    #: As it was asked for, such as `10Gi`.
    size: str


@dataclass(frozen=True)
class Place:
    """Where a home is in use, and what its node's taints ask of a pod."""

    node: str
    tolerations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Job:
    #: None while it runs.
    succeeded: bool | None = None
    #: Where its pod is; None while it waits for a node.
    node: str | None = None
    #: What the pod said at its end.
    said: dict[str, Any] = field(default_factory=dict)
    #: Why its pod waits, where it does.
    waiting: str = ""


class Cluster(Protocol):
    """The part of a cluster that copies need, so that their order can be tested without one."""

    def claims(self) -> list[Claim]:
        """Homes that have a volume."""

    def in_use(self) -> dict[str, Place]:
        """Claims that a person's pod uses, by name."""

    def jobs(self) -> dict[str, Job]:
        """Our own, by name."""

    def start(self, name: str, claim: str, args: Sequence[str], at: Place | None) -> None:
        """Starts a job that has the claim mounted, at the place where it is in use, or anywhere."""

    def remove(self, name: str) -> None:
        """Ends a job, and its pod within seconds."""

    def make_claim(self, copy: Copy) -> None:
        """Makes a home's claim as it was. It gets its volume with its first pod."""


def job_name(command: str, claim: str) -> str:
    """One of a name at a time: claims' names are too long to be part of one."""
    return f"home-{command}-{hashlib.sha256(claim.encode()).hexdigest()[:12]}"


class Kubernetes:
    """A cluster, seen from a pod in it. Jobs are like that of the CronJob HOME_TEMPLATE, which never runs."""

    def __init__(self, env: Mapping[str, str]) -> None:
        sign_in.load_incluster_config()
        homes = json.loads(env["HOMES"])
        self.namespace: str = homes["namespace"]
        self.labels: dict[str, str] = homes["labels"]
        self.owner: str = homes["owner"]
        self.storage_class: str = homes["storageClass"]
        self.template: str = env["HOME_TEMPLATE"]
        self.core, self.batch = client.CoreV1Api(), client.BatchV1Api()
        #: Objects are read as JSON: what is copied from one to another keeps every field.
        self.plain = client.ApiClient().sanitize_for_serialization

    def claims(self) -> list[Claim]:
        selector = ",".join(f"{key}={value}" for key, value in self.labels.items())
        found = self.core.list_namespaced_persistent_volume_claim(self.namespace, label_selector=selector)
        return [
            Claim(
                name=each["metadata"]["name"],
                user=each["metadata"].get("annotations", {}).get(self.owner, each["metadata"]["name"]),
                size=each["spec"]["resources"]["requests"]["storage"],
            )
            for each in self.plain(found)["items"]
            if each["status"].get("phase") == "Bound"
        ]

    def in_use(self) -> dict[str, Place]:
        found = self.core.list_namespaced_pod(self.namespace, label_selector=f"!{HOME_LABEL}")
        places = {}
        for pod in self.plain(found)["items"]:
            spec = pod["spec"]
            if not spec.get("nodeName") or pod["status"].get("phase") in ("Succeeded", "Failed"):
                continue
            for volume in spec.get("volumes", []):
                if claim := volume.get("persistentVolumeClaim"):
                    places[claim["claimName"]] = Place(spec["nodeName"], spec.get("tolerations", []))
        return places

    def jobs(self) -> dict[str, Job]:
        pods = self.plain(self.core.list_namespaced_pod(self.namespace, label_selector=HOME_LABEL))["items"]
        jobs = self.plain(self.batch.list_namespaced_job(self.namespace, label_selector=HOME_LABEL))["items"]
        by_job = {pod["metadata"]["labels"].get("batch.kubernetes.io/job-name"): pod for pod in pods}
        return {each["metadata"]["name"]: _job(each, by_job.get(each["metadata"]["name"])) for each in jobs}

    def start(self, name: str, claim: str, args: Sequence[str], at: Place | None) -> None:
        cron = self.plain(self.batch.read_namespaced_cron_job(self.template, self.namespace))
        spec = cron["spec"]["jobTemplate"]["spec"]
        template = spec["template"]
        template["metadata"]["labels"] |= {HOME_LABEL: "true"}
        pod = template["spec"]
        pod["containers"][0]["args"] = list(args)
        pod["volumes"] = [
            {**each, "persistentVolumeClaim": {"claimName": claim}} if each["name"] == "home" else each
            for each in pod["volumes"]
        ]
        for mount in pod["containers"][0]["volumeMounts"]:
            # A copy cannot write to a home, whatever goes wrong.
            mount["readOnly"] = mount["name"] == "home" and args[0] == "copy"
        if at:
            term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [at.node]}]}
            required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
            pod |= {"affinity": {"nodeAffinity": required}, "tolerations": list(at.tolerations)}
        metadata = {"name": name, "labels": {HOME_LABEL: "true"}, "annotations": {"open-mlops/home": claim}}
        body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}
        # The client takes plain JSON too, which its types do not say; here and below.
        self.batch.create_namespaced_job(self.namespace, body)  # type: ignore[arg-type]

    def remove(self, name: str) -> None:
        try:
            self.batch.delete_namespaced_job(name, self.namespace, propagation_policy="Foreground")
        except ApiException as error:
            if error.status != 404:
                raise

    def make_claim(self, copy: Copy) -> None:
        body = {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": copy.home, "labels": self.labels, "annotations": {self.owner: copy.user}},
            "spec": {
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": self.storage_class,
                "resources": {"requests": {"storage": copy.size}},
            },
        }
        try:
            self.core.create_namespaced_persistent_volume_claim(self.namespace, body)  # type: ignore[arg-type]
        except ApiException as error:
            # One that has no volume yet is as good: its person has not come since.
            if error.status != 409:
                raise


def _job(job: dict[str, Any], pod: dict[str, Any] | None) -> Job:
    ended = {each["type"] for each in job["status"].get("conditions", []) if each["status"] == "True"}
    status = (pod or {}).get("status", {})
    states = [each.get("state", {}) for each in status.get("containerStatuses", [])]
    messages = [each["terminated"].get("message", "") for each in states if "terminated" in each]
    conditions = status.get("conditions", [])
    unscheduled = [each.get("message", "") for each in conditions if each.get("reason") == "Unschedulable"]
    blocked = [each["waiting"] for each in states if "waiting" in each]
    return Job(
        succeeded="Complete" in ended if ended & {"Complete", "Failed"} else None,
        node=(pod or {}).get("spec", {}).get("nodeName"),
        said=_said(messages),
        waiting=" ".join(
            [*unscheduled, *(f"{each.get('reason')} {each.get('message', '')}" for each in blocked)]
        ),
    )


def _said(messages: Sequence[str]) -> dict[str, Any]:
    try:
        said = json.loads("".join(messages) or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def connect() -> Kubernetes:
    """@raises BackupError outside a cluster"""
    if not Path("/var/run/secrets/kubernetes.io/serviceaccount/token").exists():
        raise BackupError("this is no pod that may ask its cluster; run it as the job of its namespace")
    return Kubernetes(os.environ)

"""What every part of EKS here needs: the request as the AWS SDK's model reads it, records, and EKS's own errors."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.core.common_models import BaseModel
from moto.core.responses import ActionResult
from moto.eks.models import Cluster
from moto.eks.responses import EKSResponse

from ..refusal import Refusal


class Record(BaseModel):
    """One thing of EKS that moto does not know: the members of its answer, and when it was made and changed."""

    def __init__(self, **members: Any) -> None:
        self.members: dict[str, Any] = {**members, "createdAt": now(), "modifiedAt": now()}

    def update(self, params: Mapping[str, Any], *names: str) -> None:
        """Takes over those members that a request names."""
        self.members.update({name: params[name] for name in names if params.get(name) is not None})
        self.members["modifiedAt"] = now()

    @property
    def tags(self) -> dict[str, str]:
        tags: dict[str, str] = self.members["tags"]
        return tags


class EksBase(EKSResponse):
    """Reads each request by the SDK's model, so that a call moto has no code for is understood as AWS understands it."""

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def given(self) -> dict[str, Any]:
        """The request's members, those of its address among them."""
        params: dict[str, Any] = {**self.uri_match, **self.params}
        return {name: value for name, value in params.items() if value is not None}

    def cluster(self, name: str | None = None) -> Cluster:
        name = name or self.given.get("clusterName") or self.given["name"]
        cluster = self.eks_backend.clusters.get(name)
        if cluster is None:
            raise not_found(f"No cluster found for name: {name}.")
        return cluster

    def arn(self, *path: str) -> str:
        return f"arn:{self.partition}:eks:{self.region}:{self.current_account}:{'/'.join(path)}"

    def changed(self, cluster: Cluster, kind: str) -> ActionResult:
        """The answer to a change: it is done at once, and can still be asked about."""
        update = {
            "id": str(uuid4()),
            "status": "Successful",
            "type": kind,
            "createdAt": now(),
            "params": [],
            "errors": [],
        }
        records(cluster, "updates")[update["id"]] = update
        return ActionResult({"update": update})

    def describe_update(self) -> ActionResult:
        update = records(self.cluster(), "updates").get(self.given["updateId"])
        if update is None:
            raise not_found(f"No update found for ID: {self.given['updateId']}")
        return ActionResult({"update": update})


def records(cluster: Cluster, kind: str) -> dict[str, Any]:
    """The cluster's things of one kind, by name. They go with the cluster."""
    found: dict[str, Any] = cluster.__dict__.setdefault(kind, {})
    return found


def find(cluster: Cluster, kind: str, key: str) -> Record:
    record: Record | None = records(cluster, kind).get(key)
    if record is None:
        raise not_found(f"No {kind.replace('_', ' ')} found for {key} in cluster {cluster.name}.")
    return record


def refuse_second(cluster: Cluster, kind: str, key: str) -> None:
    if key in records(cluster, kind):
        raise Refusal("ResourceInUseException", f"{key} is already in use in cluster {cluster.name}.")


def not_found(message: str) -> Refusal:
    return Refusal("ResourceNotFoundException", message)


def now() -> datetime:
    return datetime.now(UTC)

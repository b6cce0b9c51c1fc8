"""Pod Identity: which role the pods of a service account take."""

from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.eks.models import Cluster

from ..refusal import Refusal
from .base import EksBase, Record, find, records

SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")


class PodIdentity(EksBase):
    def associate(self, cluster: Cluster, namespace: str, wanted: dict[str, Any], owner: str | None = None) -> Record:
        """Makes an association. A service account has one at most."""
        associations = records(cluster, "pod_identity_associations")
        account = (namespace, wanted["serviceAccount"])
        if any((a.members["namespace"], a.members["serviceAccount"]) == account for a in associations.values()):
            raise Refusal("ResourceInUseException", f"Association already exists: {'/'.join(account)}")
        key = f"a-{uuid4().hex[:17]}"
        association = Record(
            clusterName=cluster.name,
            namespace=namespace,
            serviceAccount=wanted["serviceAccount"],
            roleArn=wanted["roleArn"],
            associationArn=self.arn("podidentityassociation", cluster.name, key),
            associationId=key,
            disableSessionTags=wanted.get("disableSessionTags", False),
            tags=wanted.get("tags", {}),
            **({"ownerArn": owner} if owner else {}),
            **({"targetRoleArn": wanted["targetRoleArn"]} if "targetRoleArn" in wanted else {}),
        )
        associations[key] = association
        return association

    def create_pod_identity_association(self) -> ActionResult:
        given = self.given
        return self._answer(self.associate(self.cluster(), given["namespace"], given))

    def describe_pod_identity_association(self) -> ActionResult:
        return self._answer(self._association())

    def update_pod_identity_association(self) -> ActionResult:
        association = self._association()
        association.update(self.given, "roleArn", "disableSessionTags", "targetRoleArn")
        return self._answer(association)

    def delete_pod_identity_association(self) -> ActionResult:
        association = self._association()
        del records(self.cluster(), "pod_identity_associations")[association.members["associationId"]]
        return self._answer(association)

    def list_pod_identity_associations(self) -> ActionResult:
        given = self.given
        found = [
            {name: each.members[name] for name in SUMMARY if name in each.members}
            for each in records(self.cluster(), "pod_identity_associations").values()
            if all(
                given.get(name, each.members[name]) == each.members[name] for name in ("namespace", "serviceAccount")
            )
        ]
        return ActionResult({"associations": found})

    def _association(self) -> Record:
        return find(self.cluster(), "pod_identity_associations", self.given["associationId"])

    def _answer(self, association: Record) -> ActionResult:
        return ActionResult({"association": association.members})

"""Access entries: which IAM principals a cluster knows, and the policies that EKS gives them."""

from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult

from .base import EksBase, Record, find, now, records, refuse_second


class Entry(Record):
    """An access entry, with its policies by ARN."""

    def __init__(self, **members: Any) -> None:
        super().__init__(**members)
        self.policies: dict[str, dict[str, Any]] = {}


class Access(EksBase):
    def create_access_entry(self) -> ActionResult:
        given, cluster = self.given, self.cluster()
        principal = given["principalArn"]
        refuse_second(cluster, "access_entries", principal)
        account, path = principal.split(":")[4:]
        kind, name = path.split("/")[0], path.split("/")[-1]
        session = f"arn:{self.partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
        entry = Entry(
            clusterName=cluster.name,
            principalArn=principal,
            kubernetesGroups=given.get("kubernetesGroups", []),
            accessEntryArn=self.arn("access-entry", cluster.name, kind, account, name, str(uuid4())),
            # What the audit log calls someone who came by a role.
            username=given.get("username") or (session if kind == "role" else principal),
            type=given.get("type", "STANDARD"),
            tags=given.get("tags", {}),
        )
        records(cluster, "access_entries")[principal] = entry
        return ActionResult({"accessEntry": entry.members})

    def describe_access_entry(self) -> ActionResult:
        return ActionResult({"accessEntry": self._entry().members})

    def list_access_entries(self) -> ActionResult:
        return ActionResult({"accessEntries": sorted(records(self.cluster(), "access_entries"))})

    def update_access_entry(self) -> ActionResult:
        entry = self._entry()
        entry.update(self.given, "kubernetesGroups", "username")
        return ActionResult({"accessEntry": entry.members})

    def delete_access_entry(self) -> ActionResult:
        self._entry()
        del records(self.cluster(), "access_entries")[self.given["principalArn"]]
        return ActionResult({})

    def associate_access_policy(self) -> ActionResult:
        given, entry = self.given, self._entry()
        scope = {"namespaces": [], **given["accessScope"]}
        policy = {"policyArn": given["policyArn"], "accessScope": scope, "associatedAt": now(), "modifiedAt": now()}
        entry.policies[given["policyArn"]] = policy
        members = {"clusterName": self.cluster().name, "principalArn": given["principalArn"]}
        return ActionResult({**members, "associatedAccessPolicy": policy})

    def disassociate_access_policy(self) -> ActionResult:
        self._entry().policies.pop(self.given["policyArn"], None)
        return ActionResult({})

    def list_associated_access_policies(self) -> ActionResult:
        policies = list(self._entry().policies.values())
        members = {"clusterName": self.cluster().name, "principalArn": self.given["principalArn"]}
        return ActionResult({**members, "associatedAccessPolicies": policies})

    def _entry(self) -> Entry:
        entry = find(self.cluster(), "access_entries", self.given["principalArn"])
        assert isinstance(entry, Entry)
        return entry

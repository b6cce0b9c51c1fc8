"""EKS add-ons, with the Pod Identity associations that they own."""

from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.eks.models import Cluster

from .base import Record, find, records, refuse_second
from .pod_identity import PodIdentity

# One version of each is enough to be asked for, found and kept.
VERSION = "v1.0.0-eksbuild.1"
NAMES = [
    "amazon-cloudwatch-observability",
    "aws-ebs-csi-driver",
    "aws-efs-csi-driver",
    "aws-mountpoint-s3-csi-driver",
    "cert-manager",
    "coredns",
    "eks-node-monitoring-agent",
    "eks-pod-identity-agent",
    "external-dns",
    "kube-proxy",
    "metrics-server",
    "vpc-cni",
]


class AddOns(PodIdentity):
    def create_addon(self) -> ActionResult:
        given, cluster = self.given, self.cluster()
        name = given["addonName"]
        refuse_second(cluster, "addons", name)
        version = given.get("addonVersion", VERSION)
        addon = Record(
            addonName=name,
            clusterName=cluster.name,
            addonVersion=version,
            addonArn=self.arn("addon", cluster.name, name, str(uuid4())),
            status="ACTIVE",
            health={"issues": []},
            tags=given.get("tags", {}),
        )
        addon.update(given, "serviceAccountRoleArn", "configurationValues", "namespaceConfig")
        self._own_associations(cluster, addon, given.get("podIdentityAssociations", []))
        records(cluster, "addons")[name] = addon
        return ActionResult({"addon": addon.members})

    def describe_addon(self) -> ActionResult:
        return ActionResult({"addon": self._addon().members})

    def list_addons(self) -> ActionResult:
        return ActionResult({"addons": sorted(records(self.cluster(), "addons"))})

    def update_addon(self) -> ActionResult:
        given, cluster, addon = self.given, self.cluster(), self._addon()
        addon.update(given, "addonVersion", "serviceAccountRoleArn", "configurationValues")
        if "podIdentityAssociations" in given:
            self._drop_associations(cluster, addon)
            self._own_associations(cluster, addon, given["podIdentityAssociations"])
        return self.changed(cluster, "AddonUpdate")

    def delete_addon(self) -> ActionResult:
        cluster, addon = self.cluster(), self._addon()
        self._drop_associations(cluster, addon)
        del records(cluster, "addons")[addon.members["addonName"]]
        return ActionResult({"addon": {**addon.members, "status": "DELETING"}})

    def describe_addon_versions(self) -> ActionResult:
        given = self.given
        kubernetes = given.get("kubernetesVersion")
        compatible = {"clusterVersion": kubernetes or "1.35", "platformVersions": ["*"], "defaultVersion": True}
        version = {
            "addonVersion": VERSION,
            "architecture": ["amd64", "arm64"],
            "compatibilities": [compatible],
            "requiresConfiguration": False,
            "requiresIamPermissions": False,
        }
        wanted = [given["addonName"]] if "addonName" in given else NAMES
        return ActionResult({"addons": [{"addonName": name, "addonVersions": [version]} for name in wanted]})

    def _addon(self) -> Record:
        return find(self.cluster(), "addons", self.given["addonName"])

    def _own_associations(self, cluster: Cluster, addon: Record, wanted: list[dict[str, Any]]) -> None:
        own = [
            self.associate(cluster, "kube-system", each, owner=addon.members["addonArn"]).members["associationArn"]
            for each in wanted
        ]
        addon.members["podIdentityAssociations"] = own

    def _drop_associations(self, cluster: Cluster, addon: Record) -> None:
        associations = records(cluster, "pod_identity_associations")
        for key, each in list(associations.items()):
            if each.members.get("ownerArn") == addon.members["addonArn"]:
                del associations[key]

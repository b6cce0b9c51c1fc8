"""Clusters as AWS describes them: the settings that moto forgets, and the security group that EKS makes."""

from typing import Any
from uuid import uuid4

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.eks.models import Cluster

from ..refusal import Refusal
from .base import EksBase

DEFAULT_SERVICE_CIDR = "10.100.0.0/16"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class Clusters(EksBase):
    def create_cluster(self) -> ActionResult:
        super().create_cluster()
        given = self.given
        cluster = self.cluster()
        cluster.identity = {
            "oidc": {"issuer": f"https://oidc.eks.{self.region}.amazonaws.com/id/{uuid4().hex.upper()}"}
        }
        # Which settings of access a cluster began with is not told afterwards.
        mode = given.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP")
        remember(cluster, accessConfig={"authenticationMode": mode})
        remember(cluster, upgradePolicy=given.get("upgradePolicy", {"supportType": "EXTENDED"}))
        remember(cluster, deletionProtection=given.get("deletionProtection", False))
        remember(cluster, health={"issues": []})
        for name in ("computeConfig", "storageConfig", "zonalShiftConfig", "controlPlaneScalingConfig"):
            if name in given:
                remember(cluster, **{name: given[name]})
        cluster.kubernetes_network_config = {
            "serviceIpv4Cidr": DEFAULT_SERVICE_CIDR,
            "ipFamily": "ipv4",
            "elasticLoadBalancing": {"enabled": False},
            **given.get("kubernetesNetworkConfig", {}),
        }
        cluster.logging = described_logging(given.get("logging", {}))
        cluster.resources_vpc_config = self._vpc_config(cluster, given["resourcesVpcConfig"])
        return ActionResult({"cluster": cluster})

    def update_cluster_config(self) -> ActionResult:
        given, cluster = self.given, self.cluster()
        for name in ("accessConfig", "upgradePolicy", "deletionProtection", "zonalShiftConfig"):
            if name in given:
                remember(cluster, **{name: given[name]})
        if "logging" in given:
            cluster.logging = described_logging(given["logging"])
        if "resourcesVpcConfig" in given:
            cluster.resources_vpc_config = {**cluster.resources_vpc_config, **given["resourcesVpcConfig"]}
        return self.changed(cluster, "ConfigUpdate")

    def update_cluster_version(self) -> ActionResult:
        cluster = self.cluster()
        cluster.version = self.given["version"]
        return self.changed(cluster, "VersionUpdate")

    def delete_cluster(self) -> ActionResult:
        cluster = self.cluster()
        if cluster.__dict__.get("deletionProtection"):
            message = f"Cluster {cluster.name} has deletion protection enabled: disable it first."
            raise Refusal("InvalidRequestException", message)
        deleted = super().delete_cluster()
        group = cluster.resources_vpc_config["clusterSecurityGroupId"]
        ec2_backends[self.current_account][self.region].delete_security_group(group_id=group)
        return deleted

    def _vpc_config(self, cluster: Cluster, given: dict[str, Any]) -> dict[str, Any]:
        ec2 = ec2_backends[self.current_account][self.region]
        vpc = ec2.get_subnet(given["subnetIds"][0]).vpc_id
        group = ec2.create_security_group(
            f"eks-cluster-sg-{cluster.name}-{uuid4().int % 10**9}",
            "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes",
            vpc_id=vpc,
            tags={"aws:eks:cluster-name": cluster.name, f"kubernetes.io/cluster/{cluster.name}": "owned"},
        )
        public = given.get("endpointPublicAccess", True)
        return {
            "securityGroupIds": [],
            "endpointPrivateAccess": False,
            "endpointPublicAccess": True,
            "publicAccessCidrs": ["0.0.0.0/0"] if public else [],
            **given,
            "clusterSecurityGroupId": group.id,
            "vpcId": vpc,
        }


def remember(cluster: Cluster, **members: Any) -> None:
    """Keeps members under the names of the answer, where moto's serializer finds them."""
    cluster.__dict__.update(members)


def described_logging(given: dict[str, Any]) -> dict[str, Any]:
    """All kinds of log, each either on or off."""
    on = {kind for setup in given.get("clusterLogging", []) if setup.get("enabled") for kind in setup["types"]}
    sides = [
        (True, [kind for kind in LOG_TYPES if kind in on]),
        (False, [kind for kind in LOG_TYPES if kind not in on]),
    ]
    return {"clusterLogging": [{"types": types, "enabled": enabled} for enabled, types in sides if types]}

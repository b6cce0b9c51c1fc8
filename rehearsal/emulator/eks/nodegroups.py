"""Node groups as AWS describes them, each with the auto scaling group that its nodes would be in."""

from moto.autoscaling.models import autoscaling_backends
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.eks.models import Nodegroup

from .base import EksBase


class NodeGroups(EksBase):
    def create_nodegroup(self) -> ActionResult:
        super().create_nodegroup()
        given, group = self.given, self._group()
        group.version = given.get("version", self.cluster().version)
        group.release_version = given.get("releaseVersion", f"{group.version}.0-20260101")
        group.update_config = given.get("updateConfig", {"maxUnavailable": 1})
        group.node_repair_config = given.get("nodeRepairConfig")
        # With a launch template the disk is the template's business.
        group.disk_size = given.get("diskSize", None if "launchTemplate" in given else 20)
        group.remote_access = given.get("remoteAccess")
        group.resources = {"autoScalingGroups": [{"name": self._scaling_group(group)}]}
        return ActionResult({"nodegroup": group})

    def update_nodegroup_config(self) -> ActionResult:
        super().update_nodegroup_config()
        return self.changed(self.cluster(), "ConfigUpdate")

    def update_nodegroup_version(self) -> ActionResult:
        given, group = self.given, self._group()
        group.version = given.get("version", group.version)
        group.release_version = given.get("releaseVersion", f"{group.version}.0-20260101")
        if "launchTemplate" in given:
            group.launch_template = {**(group.launch_template or {}), **given["launchTemplate"]}
        return self.changed(self.cluster(), "VersionUpdate")

    def delete_nodegroup(self) -> ActionResult:
        group = self._group()
        deleted = super().delete_nodegroup()
        scaling = autoscaling_backends[self.current_account][self.region]
        for each in group.resources["autoScalingGroups"]:
            scaling.delete_auto_scaling_group(each["name"])
        return deleted

    def _group(self) -> Nodegroup:
        return self.eks_backend.describe_nodegroup(self.cluster().name, self.given["nodegroupName"])

    def _scaling_group(self, group: Nodegroup) -> str:
        """Makes the group without a node in it: nothing here runs on nodes."""
        ec2 = ec2_backends[self.current_account][self.region]
        name = f"eks-{group.nodegroup_name}-{group.uuid}"
        template = group.launch_template or {}
        made = autoscaling_backends[self.current_account][self.region].create_auto_scaling_group(
            name=name,
            availability_zones=[ec2.get_subnet(subnet).availability_zone for subnet in group.subnets],
            desired_capacity=0,
            max_size=0,
            min_size=0,
            launch_config_name="",
            launch_template={"LaunchTemplateId": template.get("id"), "Version": template.get("version", "$Default")},
            vpc_zone_identifier=",".join(group.subnets),
            default_cooldown=None,
            health_check_period=15,
            health_check_type="EC2",
            load_balancers=[],
            target_group_arns=[],
            placement_group=None,
            termination_policies=[],
            tags=[
                {
                    "ResourceId": name,
                    "ResourceType": "auto-scaling-group",
                    "Key": "eks:nodegroup-name",
                    "Value": group.nodegroup_name,
                    "PropagateAtLaunch": True,
                }
            ],
        )
        made.min_size, made.max_size = group.scaling_config["minSize"], group.scaling_config["maxSize"]
        return name

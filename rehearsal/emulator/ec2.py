"""EC2: what moto leaves behind, and what it forgets or adds."""

from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.models.nat_gateways import NatGateway
from moto.ec2.models.security_groups import SecurityGroupRule

from .overlay import lay_over

_delete_vpc = EC2Backend.delete_vpc
_delete_nat_gateway = EC2Backend.delete_nat_gateway
_create_version = LaunchTemplate.create_version
_add_block_device = Instance.add_block_device
_prep_nics = Instance.prep_nics


def delete_vpc(self: EC2Backend, vpc_id: str) -> Any:
    """A network's own access list goes with it."""
    deleted = _delete_vpc(self, vpc_id)
    for key in [key for key, acl in self.network_acls.items() if acl.vpc_id == vpc_id]:
        del self.network_acls[key]
    return deleted


def delete_nat_gateway(self: EC2Backend, nat_gateway_id: str) -> NatGateway:
    """A gateway's network interface goes with it."""
    gateway = _delete_nat_gateway(self, nat_gateway_id)
    self.enis.pop(gateway._eni.id, None)
    return gateway


def create_version(self: LaunchTemplate, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
    """The tags of the template itself are no tags of what is launched from it."""
    if "TagSpecifications" in data:
        kept = [each for each in data["TagSpecifications"] if each.get("ResourceType") != "launch-template"]
        data = {**data, "TagSpecifications": kept}
    return _create_version(self, data, description)


def add_block_device(self: Instance, size: int | None, *args: Any, **kwargs: Any) -> Any:
    """A disk without a size has that of its image: 8 GiB, as Amazon Linux's."""
    return _add_block_device(self, size or 8, *args, **kwargs)


def prep_nics(self: Instance, *args: Any, **kwargs: Any) -> None:
    """A network interface that is made with a machine goes with it; one that was there before stays."""
    before = set(self.ec2_backend.enis)
    _prep_nics(self, *args, **kwargs)
    for interface in self.nics.values():
        if interface.id not in before:
            interface.delete_on_termination = True


def rule_description(self: SecurityGroupRule) -> str | None:
    """A rule that names a group or a list of prefixes is described there."""
    for source in (self.ip_range, self.source_group, self.prefix_list_id):
        if isinstance(source, dict) and source.get("Description"):
            return str(source["Description"])
    return None


def extend() -> None:
    lay_over(EC2Backend, delete_vpc=delete_vpc, delete_nat_gateway=delete_nat_gateway)
    lay_over(LaunchTemplate, create_version=create_version)
    lay_over(Instance, add_block_device=add_block_device, prep_nics=prep_nics)
    lay_over(SecurityGroupRule, description=property(rule_description))

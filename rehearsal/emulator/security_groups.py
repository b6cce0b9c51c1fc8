"""Security groups: AWS deletes none that a rule of another group names, or that a network interface is in."""

from moto.ec2.exceptions import DependencyViolationError
from moto.ec2.models import EC2Backend

from .overlay import lay_over

_delete = EC2Backend.delete_security_group


def delete_security_group(self: EC2Backend, name: str | None = None, group_id: str | None = None) -> None:
    if group_id and (named_by_another(self, group_id) or holds_interface(self, group_id)):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")
    _delete(self, name, group_id)


def named_by_another(backend: EC2Backend, group_id: str) -> bool:
    return any(
        rule.source_group.get("GroupId") == group_id
        for groups in backend.groups.values()
        for group in groups.values()
        if group.id != group_id
        for rule in [*group.ingress_rules, *group.egress_rules]
    )


def holds_interface(backend: EC2Backend, group_id: str) -> bool:
    return any(group.id == group_id for eni in backend.enis.values() for group in eni.group_set)


def extend() -> None:
    lay_over(EC2Backend, delete_security_group=delete_security_group)

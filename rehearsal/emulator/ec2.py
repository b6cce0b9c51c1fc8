"""EC2: what moto leaves behind."""

from typing import Any

from moto.ec2.models import EC2Backend


def extend() -> None:
    delete_vpc = EC2Backend.delete_vpc

    def with_its_acls(self: EC2Backend, vpc_id: str) -> Any:
        """A network's own access list goes with it."""
        deleted = delete_vpc(self, vpc_id)
        for key in [key for key, acl in self.network_acls.items() if acl.vpc_id == vpc_id]:
            del self.network_acls[key]
        return deleted

    EC2Backend.delete_vpc = with_its_acls  # type: ignore[method-assign]  # laid over moto's own

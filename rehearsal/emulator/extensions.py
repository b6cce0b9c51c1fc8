"""What is laid over moto, in one place: each module mends one service."""

from . import ec2, eks, inventory, kms, quotas, rds, security_groups

EXTENSIONS = (inventory, ec2, eks, kms, quotas, rds, security_groups)


def extend() -> None:
    """Lays every extension over moto. Called once, before the first request."""
    for extension in EXTENSIONS:
        extension.extend()

"""What is laid over moto, in one place: each module mends one service."""

from . import ec2, eks, inventory

EXTENSIONS = (inventory, ec2, eks)


def extend() -> None:
    """Lays every extension over moto. Called once, before the first request."""
    for extension in EXTENSIONS:
        extension.extend()

"""What is laid over moto, in one place: each module mends one service."""


def extend() -> None:
    """Lays every extension over moto. Called once, before the first request."""

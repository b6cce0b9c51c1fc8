"""How functions of ours take the place of moto's."""

from typing import Any


def lay_over(owner: type, **mended: Any) -> None:
    """Puts each function or property in the place of the owner's one of that name."""
    for name, each in mended.items():
        setattr(owner, name, each)

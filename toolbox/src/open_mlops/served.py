"""What a version of a deployment is called on the model server, beside the deployment's own name.

A deployment's stable name is what clients ask for; its versions run beside each other under names of their
own, and who stands before the server (the lab's front door, a cluster's edge) decides which of them answers.
"""

from __future__ import annotations

import re

#: No deployment name holds a dot, so no version's name is another deployment's.
_MARK = ".v"
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def served_name(model: str, version: str) -> str:
    """`flights`, `3` is `flights.v3`. ValueError when the version cannot be a part of an address."""
    if not _LABEL.fullmatch(version):
        raise ValueError(
            f"version of {model} is {version!r}; use at most 63 letters, digits, dots, dashes and underscores"
        )
    return f"{model}{_MARK}{version}"


def parse_served_name(name: str) -> tuple[str, str | None]:
    """The deployment and its version; a name without a version is the deployment's own."""
    model, mark, version = name.partition(_MARK)
    return (model, version) if mark else (name, None)

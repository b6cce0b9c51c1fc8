"""Names of deployments: the same rule in every place, so that code which deploys moves unchanged."""

from __future__ import annotations

import re

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

_NAME = re.compile(r"[a-z]([-a-z0-9]{0,30}[a-z0-9])?")


def check_name(name: str) -> None:
    """In a cluster the name becomes a container's and a part of services' names; in the lab a folder's."""
    if not _NAME.fullmatch(name):
        raise MlflowException(
            f"deployment name is {name!r}; use at most 32 lower-case letters, digits and dashes",
            INVALID_PARAMETER_VALUE,
        )

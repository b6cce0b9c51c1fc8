"""What a served model is called, and what its deployment says of its log: read once a model."""

from __future__ import annotations

from dataclasses import dataclass

from mlserver.model import MLModel

from ..served import parse_served_name
from .options import KEY, LogOptions, log_options


@dataclass(frozen=True)
class Known:
    """`model` and `version` are the deployment's name and the version that its settings say. The registered
    model and its version are None where the deployment is of none.
    """

    model: str
    version: str
    registered_model: str | None
    registered_version: str | None
    log: LogOptions


def known(model: MLModel) -> Known:
    """Settings do not change while a model is served. ValueError for wrong options of its log."""
    found: Known | None = getattr(model, "_known", None)
    if found is None:
        found = model._known = _read(model)
    return found


def _read(model: MLModel) -> Known:
    name, version = parse_served_name(model.name)
    said, parameters = model.settings.versions, model.settings.parameters
    # What the deployment has recorded of its model.
    record = getattr(parameters, "extra", None) or {}
    registered, number = (record.get(key) for key in ("name", "version"))
    return Known(
        name,
        said[0] if said else version or model.version or "none",
        None if registered is None else str(registered),
        None if number is None else str(number),
        log_options(getattr(parameters, KEY, None)),
    )

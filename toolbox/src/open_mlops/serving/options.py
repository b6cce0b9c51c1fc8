"""What a deployment may say of its model in `model-settings.json`, beside MLServer's own settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

#: Server-wide options of the log as JSON, for every model that has none of its own.
DEFAULTS = "OPEN_MLOPS_INFERENCE_LOG"
#: The key of a model's own under `parameters` of its settings.
KEY = "inference_log"


@dataclass(frozen=True)
class LogOptions:
    """What is logged of one model. ValueError lists everything that is wrong."""

    #: Share of requests, chosen by what a shadow's copy has too: it is chosen when the request is.
    sample: float = 1.0
    #: Inputs and outputs that are never written, not to the journal either.
    drop: tuple[str, ...] = ()
    #: Days that rows are kept.
    days: int = 30

    def __post_init__(self) -> None:
        problems = []
        if not isinstance(self.sample, int | float) or not 0 <= self.sample <= 1:
            problems.append(f"sample is {self.sample!r}; use 0 to 1")
        if not isinstance(self.drop, tuple) or not all(isinstance(name, str) for name in self.drop):
            problems.append(f"drop is {self.drop!r}; use a list of names of inputs and outputs")
        if type(self.days) is not int or self.days < 1:
            problems.append(f"days is {self.days!r}; use a whole number, 1 or more")
        if problems:
            raise ValueError(f"{KEY}: {'; '.join(problems)}")


def log_options(own: Mapping[str, Any] | None) -> LogOptions:
    """A model's options over the server's."""
    given = {**json.loads(os.environ.get(DEFAULTS) or "{}"), **(own or {})}
    known = [field.name for field in fields(LogOptions)]
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{KEY}: no option {', '.join(unknown)}; there are {', '.join(known)}")
    if isinstance(given.get("drop"), list):
        given["drop"] = tuple(given["drop"])
    return LogOptions(**given)

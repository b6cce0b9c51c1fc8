"""What a deployment on MLServer may be told by its config, as `-C key=value` or in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops.serving.options import KEY, log_options

#: Name: what makes its value of words.
_BATCHING: dict[str, Callable[[Any], Any]] = {"max_batch_size": int, "max_batch_time": float}
_LOG: dict[str, Callable[[Any], Any]] = {
    "log_sample": float,
    # `a,b` of a command line, or a list.
    "log_drop": lambda said: [name for name in said.split(",") if name] if isinstance(said, str) else said,
    "log_days": int,
}
KNOWN = [*_BATCHING, *_LOG]


def options(config: Mapping[str, Any] | None, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The part of `model-settings.json` that the config says; what it does not name stays as it was.

    MlflowException lists everything that is wrong.
    """
    given = dict(config or {})
    problems = []
    if unknown := sorted(set(given) - set(KNOWN)):
        problems.append(f"no config {', '.join(unknown)}; there are {', '.join(KNOWN)}")
    read: dict[str, Any] = {}
    for name, kind in {**_BATCHING, **_LOG}.items():
        if name not in given:
            continue
        try:
            read[name] = kind(given[name])
        except (TypeError, ValueError):
            problems.append(f"{name} is {given[name]!r}; use a number")
    for name in _BATCHING:
        if read.get(name, 0) < 0:
            problems.append(f"{name} is {given[name]!r}; use 0 or more")
    made = {name: before[name] for name in _BATCHING if before and name in before}
    made |= {name: read[name] for name in _BATCHING if name in read}
    log = dict((before or {}).get("parameters", {}).get(KEY) or {})
    log |= {name.removeprefix("log_"): read[name] for name in _LOG if name in read}
    try:
        log_options(log)
    except ValueError as error:
        problems.append(str(error))
    if problems:
        raise MlflowException(f"config: {'; '.join(problems)}", INVALID_PARAMETER_VALUE)
    return {**made, "parameters": {KEY: log}} if log else made

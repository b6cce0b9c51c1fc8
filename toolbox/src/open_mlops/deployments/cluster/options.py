"""What a deployment in a cluster may be told by its config, as `-C key=value` or in Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops.serving.options import KEY

from ..options import KNOWN as OF_THE_SERVER
from ..options import options
from .pod import Serving
from .settings import ClusterSettings

_CPU = re.compile(r"[1-9]\d*m|\d+(\.\d+)?")
_MEMORY = re.compile(r"[1-9]\d*([KMGT]i?|k)?")
_NUMBERS = {"replicas": 1, "max_replicas": 1, "gpu": 0}
OF_THE_POD = ["image", *_NUMBERS, "cpu", "memory"]


def serving(config: Mapping[str, Any], settings: ClusterSettings) -> Serving:
    """How the config says that the model is served, over what the platform says.

    MlflowException lists everything that is wrong.
    """
    problems = []
    known = [*OF_THE_POD, *OF_THE_SERVER, "timeout"]
    if unknown := sorted(set(config) - set(known)):
        problems.append(f"no config {', '.join(unknown)}; there are {', '.join(known)}")
    numbers = {name: _number(config, name, fewest, problems) for name, fewest in _NUMBERS.items()}
    least = numbers["replicas"] or 1
    most = numbers["max_replicas"] or least
    if most < least:
        problems.append(f"max_replicas is {most} and replicas is {least}; use as many or more")
    cpu, memory = str(config.get("cpu", Serving.cpu)), str(config.get("memory", Serving.memory))
    if not _CPU.fullmatch(cpu) or not float(cpu.rstrip("m")):
        problems.append(f"cpu is {cpu!r}; use cores such as 0.5 or thousandths such as 500m")
    if not _MEMORY.fullmatch(memory):
        problems.append(f"memory is {memory!r}; use bytes such as 512Mi or 2Gi")
    gpu = numbers["gpu"] or 0
    if gpu and settings.gpu is None:
        problems.append(
            f"gpu is {gpu} and the platform has no GPU nodes; add some to its environment, or leave gpu out"
        )
    image = str(config.get("image") or settings.image)
    if ":" not in image.rpartition("/")[2]:
        problems.append(f"image is {image!r}; name a tag or a digest too")
    if "timeout" in config:
        seconds_to_wait(config, problems)
    server: dict[str, Any] = {}
    try:
        server = options({name: config[name] for name in OF_THE_SERVER if name in config})
    except MlflowException as error:
        problems.append(error.message.removeprefix("config: "))
    if problems:
        raise MlflowException(f"config: {'; '.join(problems)}", INVALID_PARAMETER_VALUE)
    return Serving(
        image=image,
        tracking_uri=settings.tracking_uri,
        replicas=least,
        max_replicas=most,
        cpu=cpu,
        memory=memory,
        gpu=gpu,
        gpu_nodes=settings.gpu,
        max_batch_size=server.get("max_batch_size", 0),
        max_batch_time=server.get("max_batch_time", 0),
        log=server.get("parameters", {}).get(KEY, {}),
        env=settings.env,
        secret_env=settings.secret_env,
    )


def replicas(config: Mapping[str, Any]) -> int:
    """Pods at least, of a config that was found right."""
    return int(config.get("replicas", Serving.replicas))


def seconds_to_wait(config: Mapping[str, Any], problems: list[str] | None = None) -> float:
    """How long a version may take to get ready."""
    said = config.get("timeout", 600)
    try:
        seconds = float(said)
        if 0 < seconds < float("inf"):
            return seconds
    except (TypeError, ValueError):
        pass
    if problems is not None:
        problems.append(f"timeout is {said!r}; use seconds, more than 0")
    return 600


def _number(config: Mapping[str, Any], name: str, least: int, problems: list[str]) -> int | None:
    if name not in config:
        return None
    try:
        number = int(str(config[name]))
        if number >= least:
            return number
    except ValueError:
        pass
    problems.append(f"{name} is {config[name]!r}; use a whole number, {least} or more")
    return None

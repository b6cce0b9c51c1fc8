"""The lab's front door: which version of a model answers at its stable address.

    http://127.0.0.1:<port>/v2/models/<model>/...

Traefik reads one file a model from a folder, each replaced in one step, and takes a change over without
losing a request. A model without a file is passed on as it was asked for, so a server with one version needs
none.

    routes = Routes.of_target(target)                     # of OPEN_MLOPS_SERVING_TARGET
    routes.write("flights", Split({"3": 1}))              # version 3 answers
    routes.write("flights", Split({"3": 90, "4": 10}))    # canary: one in ten asks version 4
    routes.write("flights", Split({"3": 1}, shadow="4"))  # shadow: version 4 gets copies, its answers nobody
    routes.write("flights", Split({"4": 1}))              # blue-green: the switch
    routes.read("flights"), routes.models(), routes.remove("flights")

Load a version under its `served_name` before a split names it, and keep it for as long as requests that were
sent to it may be under way.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .served import parse_served_name, served_name

#: Where the door forwards to; routes of models refer to it.
SERVER = "server"
#: Traefik gathers changes for this long before it takes them over; its default is two seconds.
THROTTLE = "50ms"
#: What a change has to be in force by; a door that runs takes a tenth of a second.
PATIENCE = 10.0

Json = dict[str, Any]


@dataclass(frozen=True)
class Split:
    """Who answers. `weights` are shares of requests by version, relative to their sum; `shadow` is a version
    that gets a copy of `shadow_percent` of the requests, and whose answers go nowhere.

    ValueError lists everything that is wrong.
    """

    weights: Mapping[str, int]
    shadow: str | None = None
    shadow_percent: int = 100

    def __post_init__(self) -> None:
        problems = [
            f"the weight of version {version} is {weight!r}; use a whole number, 0 or more"
            for version, weight in self.weights.items()
            if type(weight) is not int or weight < 0
        ]
        if not problems and not sum(self.weights.values()):
            problems.append(f"weights are {dict(self.weights)}; give at least one version more than 0")
        if self.shadow is not None and self.weights.get(self.shadow):
            problems.append(f"version {self.shadow} answers and is the shadow; it can be one of them")
        if not 0 < self.shadow_percent <= 100:
            problems.append(f"shadow_percent is {self.shadow_percent}; use 1 to 100")
        for version in {*self.weights, *([self.shadow] if self.shadow is not None else [])}:
            try:
                served_name("the model", version)
            except ValueError as error:
                problems.append(str(error))
        if problems:
            raise ValueError("; ".join(problems))


class DoorError(RuntimeError):
    """The door does not do what its files say."""


class Routes:
    """The door's files. With the door's address, `write` and `remove` return when the change is in force."""

    def __init__(self, folder: Path, address: str | None = None):
        self._folder = folder
        self._address = address.rstrip("/") if address else None

    @classmethod
    def of_target(cls, target: str) -> Routes:
        """The door of `mlserver://<host>:<port>?models=...&routes=/<folder>`."""
        parts = urlsplit(target)
        folder = parse_qs(parts.query).get("routes", [""])[0]
        if not parts.netloc or not folder.startswith("/"):
            raise ValueError(
                f"target is {target!r}; a door's is mlserver://<host>:<port>?models=...&routes=/<folder>"
            )
        return cls(Path(folder), f"http://{parts.netloc}")

    def models(self) -> list[str]:
        """Every model that has a split."""
        return sorted(found.stem for found in self._folder.glob("[a-z]*.yml"))

    def read(self, model: str) -> Split | None:
        """What is written for the model, or None: then the server is asked for the model by its own name."""
        try:
            services = json.loads(self._file(model).read_text())["http"]["services"]
        except FileNotFoundError:
            return None
        top = services[model]
        mirrors = top.get("mirroring", {}).get("mirrors", [])
        weighted = services[top["mirroring"]["service"]] if mirrors else top
        weights = {_version(found["name"]): found["weight"] for found in weighted["weighted"]["services"]}
        if not mirrors:
            return Split(weights)
        return Split(weights, _version(mirrors[0]["name"]), mirrors[0]["percent"])

    def write(self, model: str, split: Split) -> None:
        """Replaces who answers for the model. Requests under way are answered by whom they went to.

        DoorError when the door has not taken it over in 10 s; the file then says what was asked for.
        """
        configuration, mark = _configuration(model, split)
        _replace(self._file(model), configuration)
        self._in_force(_probe_path(model, mark), True)

    def remove(self, model: str) -> None:
        """The server is asked for the model by its own name again; without a split it is no error."""
        file = self._file(model)
        if not file.exists():
            return
        split = self.read(model)
        file.unlink(missing_ok=True)
        if split:
            self._in_force(_probe_path(model, _configuration(model, split)[1]), False)

    def _file(self, model: str) -> Path:
        return self._folder / f"{model}.yml"

    def _in_force(self, path: str, expected: bool) -> None:
        if self._address is None:
            return
        deadline = time.monotonic() + PATIENCE
        while _answers(self._address + path) is not expected:
            if time.monotonic() > deadline:
                raise DoorError(
                    f"{self._address} has not taken a change over in {PATIENCE:g} s; look whether it runs"
                )
            time.sleep(0.02)


def _version(service: str) -> str:
    version = parse_served_name(service)[1]
    assert version is not None
    return version


def _configuration(model: str, split: Split) -> tuple[Json, str]:
    """Traefik's dynamic configuration of one model, and a mark that tells this split from another."""
    versions = sorted({*split.weights, *([split.shadow] if split.shadow is not None else [])})
    names = {version: served_name(model, version) for version in versions}
    middlewares: Json = {
        name: {
            "replacePathRegex": {
                "regex": f"^/v2/models/{model}(/.*)?$",
                "replacement": f"/v2/models/{name}$1",
            }
        }
        for name in names.values()
    }
    # A service's own middleware: only after the choice between versions is the path one of them.
    services: Json = {name: {"middlewares": [name], **_weighted({SERVER: 1})} for name in names.values()}
    answers = _weighted({names[version]: weight for version, weight in split.weights.items()})
    if split.shadow is None:
        services[model] = answers
    else:
        services[f"{model}.answers"] = answers
        mirrors = [{"name": names[split.shadow], "percent": split.shadow_percent}]
        services[model] = {"mirroring": {"service": f"{model}.answers", "mirrors": mirrors}}
    mark = hashlib.sha256(json.dumps(services, sort_keys=True).encode()).hexdigest()[:16]
    rule = f"Path(`/v2/models/{model}`) || PathPrefix(`/v2/models/{model}/`)"
    routers = {
        model: {"rule": rule, "service": model},
        # Answers as soon as this split is in force, and not before.
        f"{model}.probe": {"rule": f"Path(`{_probe_path(model, mark)}`)", "service": "ping@internal"},
    }
    return {"http": {"routers": routers, "middlewares": middlewares, "services": services}}, mark


def _weighted(weights: Mapping[str, int]) -> Json:
    services = [{"name": name, "weight": weight} for name, weight in weights.items()]
    return {"weighted": {"services": services}}


def _probe_path(model: str, mark: str) -> str:
    return f"/door/{model}/{mark}"


def _answers(address: str) -> bool:
    # No proxy of the environment: the door is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(address, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _replace(file: Path, content: Json) -> None:
    """In one step: Traefik never reads half a file. JSON is YAML."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.parent / f".{file.name}.{uuid.uuid4().hex}"
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(temporary, file)


def main() -> None:
    """Becomes Traefik, listening on loopback; `/door/ready` answers when it forwards."""
    parser = argparse.ArgumentParser(description="The lab's front door for models.")
    parser.add_argument("--traefik", required=True, help="the program")
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--server", required=True, help="address of the model server")
    parser.add_argument("--routes", required=True, type=Path, help="folder of one file a model")
    options = parser.parse_args()
    routers = {
        SERVER: {"rule": "PathPrefix(`/`)", "service": SERVER, "priority": 1},
        f"{SERVER}.probe": {"rule": "Path(`/door/ready`)", "service": "ping@internal"},
    }
    services = {SERVER: {"loadBalancer": {"servers": [{"url": options.server}]}}}
    # No model is named with a capital letter.
    _replace(options.routes / "Server.yml", {"http": {"routers": routers, "services": services}})
    arguments = [
        f"--entryPoints.models.address=127.0.0.1:{options.port}",
        f"--providers.file.directory={options.routes}",
        f"--providers.providersThrottleDuration={THROTTLE}",
        "--ping.manualRouting=true",
        # Gives each request a `traceparent`, which a shadow's copy has too; nothing is sent to a collector.
        "--tracing=true",
        "--tracing.sampleRate=0",
        "--global.checkNewVersion=false",
        "--global.sendAnonymousUsage=false",
        "--log.noColor=true",
        "--log.level=WARN",
    ]
    os.execv(options.traefik, [options.traefik, *arguments])


if __name__ == "__main__":
    main()

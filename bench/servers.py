"""The servers that are measured, and how each is started and asked."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from open_mlops.door import Routes, Split

HERE = Path(__file__).resolve().parent
PYTHON = Path(os.environ["LAB_PYTHON"])
BASE = "bare FastAPI"
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass
class Target:
    """One server: how it is started, and how it is asked."""

    name: str
    command: list[str]
    port: int
    ready: str
    path: str
    bodies: str
    env: dict[str, str] = field(default_factory=dict)
    #: Of a target that is another's door.
    before: list[str] | None = None
    before_port: int = 0

    processes: list[psutil.Process] = field(default_factory=list)
    #: Seconds of processor time in the closed loops, of the server and its door.
    cpu: float = 0
    open: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    failed: int = 0
    closed_seconds: float = 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def targets(folder: Path) -> list[Target]:
    serving = str(PYTHON / "serving/bin/python")
    model = str(folder / "model")
    ports = [free_port() for _ in range(3)]
    bare = Target(
        BASE,
        [serving, "-m", "uvicorn", "bare:app", "--port", str(ports[0]), "--no-access-log"],
        ports[0],
        "/docs",
        "/predict",
        "bare.json",
        {"MODEL": model, "PYTHONPATH": str(HERE), **ONE_THREAD},
    )
    all_threads = Target(
        f"{BASE}, threads not limited",
        [*bare.command[:5], str(ports[1]), "--no-access-log"],
        ports[1],
        "/docs",
        "/predict",
        "bare.json",
        {"MODEL": model, "PYTHONPATH": str(HERE)},
    )
    mlflow = Target(
        "mlflow models serve",
        [
            serving,
            "-m",
            "mlflow",
            "models",
            "serve",
            "-m",
            model,
            "-p",
            str(ports[2]),
            "--env-manager",
            "local",
        ],
        ports[2],
        "/ping",
        "/invocations",
        "mlflow.json",
        # It starts uvicorn by its name.
        {"PATH": f"{PYTHON / 'serving/bin'}:{os.environ['PATH']}"},
    )
    released = mlserver(folder, "MLServer as released", [str(PYTHON / "serving/bin/mlserver"), "start"], {})
    released.env |= {"MLSERVER_PARALLEL_WORKERS": "0"}
    lab = [serving, "-m", "open_mlops.serving"]
    return [
        bare,
        all_threads,
        mlflow,
        released,
        with_door(folder, mlserver(folder, "the lab", lab, {})),
        with_door(folder, mlserver(folder, "the lab, batching", lab, {"max_batch_size": 64})),
    ]


def mlserver(folder: Path, name: str, command: list[str], settings: dict[str, Any]) -> Target:
    """An MLServer with the model as version 1; the lab's logs every request."""
    home = folder / name.replace(" ", "-").replace(",", "")
    models = home / "models" / "flights"
    models.mkdir(parents=True)
    lab = "open_mlops.serving" in command
    described = {
        "name": "flights.v1" if lab else "flights",
        "implementation": "mlserver_mlflow.MLflowRuntime",
        "versions": ["1"],
        "parameters": {"uri": str(folder / "model")},
        **settings,
    }
    (models / "model-settings.json").write_text(json.dumps(described))
    http, grpc, metrics = (free_port() for _ in range(3))
    env = {
        "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": str(http),
        "MLSERVER_GRPC_PORT": str(grpc),
        "MLSERVER_METRICS_PORT": str(metrics),
    }
    if lab:
        env |= {
            "PYTHONPATH": str(HERE.parent / "toolbox/src"),
            "OPEN_MLOPS_DATA": f"file://{home / 'data'}",
            "OPEN_MLOPS_INFERENCE_JOURNAL": str(home / "journal"),
        }
    infer = "/v2/models/flights/infer"
    return Target(name, [*command, str(home / "models")], http, "/v2/health/ready", infer, "v2.json", env)


def with_door(folder: Path, target: Target) -> Target:
    """The same, asked through a front door that splits between versions."""
    routes = folder / f"routes-{target.port}"
    door = free_port()
    target.before = [
        *(str(PYTHON / "toolbox/bin/python"), "-m", "open_mlops.door"),
        *("--traefik", str(PYTHON / "door/bin/traefik"), "--port", str(door)),
        *("--server", f"http://127.0.0.1:{target.port}", "--routes", str(routes)),
    ]
    Routes(routes).write("flights", Split({"1": 1}))
    target.before_port = door
    return target

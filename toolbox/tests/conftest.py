"""Real servers for the tests: MLflow and MLServer as processes of this machine, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import mlflow
import pytest
from mlflow.deployments import BaseDeploymentClient, get_deploy_client
from models import NAME, register, sample
from prefect.settings import PREFECT_API_URL, temporary_settings

from open_mlops import releases

PROJECT = Path(__file__).resolve().parents[2]
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "DO_NOT_TRACK": "true",
}
os.environ.update(QUIET)
# Named by modules in `pytest_plugins`, which is read after their imports.
pytest.register_assert_rewrite("log_place")


def environment_program(environment: str, name: str) -> Path:
    """A program of an environment beside this one: that of SERVING_ENVIRONMENT, or what the lab installed."""
    lab = Path(os.environ.get("OPEN_MLOPS_LAB_DIR", PROJECT / ".lab"))
    folder = lab / "python" / environment
    if environment == "serving":
        folder = Path(os.environ.get("SERVING_ENVIRONMENT", folder))
    program = folder / "bin" / name
    if not program.exists():
        pytest.fail(
            f"no {program}; start the lab once, or install toolbox/locks/{environment}.txt there; if serving "
            "is elsewhere, name the folder of that environment in SERVING_ENVIRONMENT"
        )
    return program


def serving_program(name: str) -> Path:
    return environment_program("serving", name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A process that answers on its address."""

    command: list[str]
    address: str
    ready: str
    folder: Path
    env: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**os.environ, **self.env},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, seconds: float = 120) -> None:
        assert self.process is not None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"{self.command[0]} ended:\n{self.log()}"
            try:
                if httpx.get(self.address + self.ready, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{self.command[0]} was not ready in {seconds} s:\n{self.log()}")

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, kind)
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(20)
        except ProcessLookupError:
            pass

    def log(self) -> str:
        return (self.folder / "log").read_text()[-4000:]


@pytest.fixture(scope="session")
def tracking(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("mlflow")
    port = free_port()
    program = str(Path(sys.executable).parent / "mlflow")
    server = Server(
        [
            *(program, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
            *("--serve-artifacts", "--backend-store-uri", "sqlite:///mlflow.db"),
            *("--artifacts-destination", "./artifacts"),
        ],
        f"http://127.0.0.1:{port}",
        "/health",
        folder,
        {},
    )
    server.launch()
    # Starts meanwhile; both take seconds.
    request.getfixturevalue("mlserver")
    server.wait()
    mlflow.set_tracking_uri(server.address)
    os.environ["MLFLOW_TRACKING_URI"] = server.address
    yield server
    server.stop()


def prefect_in(folder: Path) -> Server:
    """A Prefect server, not started, with its data in the folder."""
    port = free_port()
    env = {
        "PREFECT_HOME": str(folder),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_UI_ENABLED": "false",
        "PREFECT_API_URL": "",
    }
    program = str(Path(sys.executable).parent / "prefect")
    command = [program, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    return Server(command, f"http://127.0.0.1:{port}", "/api/health", folder, env)


@pytest.fixture(scope="module")
def workflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Prefect server, which this process's flow runs and events go to."""
    server = prefect_in(tmp_path_factory.mktemp("prefect"))
    server.launch()
    server.wait(180)
    with temporary_settings({PREFECT_API_URL: f"{server.address}/api"}):
        yield server
    server.stop()


@pytest.fixture(scope="session")
def mlserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = mlserver_in(tmp_path_factory.mktemp("mlserver"))
    server.start()
    yield server
    server.stop()


def client_of(server: Server) -> BaseDeploymentClient:
    """Of a model server without a door."""
    target = (
        f"mlserver://{server.address.removeprefix('http://')}?models={quote(str(server.folder / 'models'))}"
    )
    return get_deploy_client(target)


@pytest.fixture
def client(tracking: Server, mlserver: Server) -> BaseDeploymentClient:
    """Of the session's model server, which serves nothing yet."""
    client = client_of(mlserver)
    for found in client.list_deployments():
        client.delete_deployment(found["name"])
    return client


def mlserver_in(folder: Path, env: dict[str, str] | None = None, models: Path | None = None) -> Server:
    """An MLServer, not started, with its models in the folder `models`."""
    models = models or folder / "models"
    models.mkdir(exist_ok=True)
    http, grpc, metrics = (free_port() for _ in range(3))
    ports = {
        "MLSERVER_HOST": "127.0.0.1",
        "MLSERVER_HTTP_PORT": str(http),
        "MLSERVER_GRPC_PORT": str(grpc),
        "MLSERVER_METRICS_PORT": str(metrics),
        "PYTHONPATH": str(PROJECT / "toolbox" / "src"),
    }
    command = [str(serving_program("python")), "-m", "open_mlops.serving", str(models)]
    return Server(command, f"http://127.0.0.1:{http}", "/v2/health/ready", folder, {**ports, **(env or {})})


def door_in(folder: Path, server: str) -> Server:
    """A door, not started, with its routes in the folder `routes`."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "open_mlops.door", "--traefik", str(environment_program("door", "traefik"))),
        *("--port", str(port), "--server", server, "--routes", str(folder / "routes")),
    ]
    return Server(command, f"http://127.0.0.1:{port}", "/door/ready", folder, {})


@pytest.fixture(scope="module")
def served(tracking: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A door before a model server of its own, which ships its log twice a second."""
    folder = tmp_path_factory.mktemp("served")
    log = {
        "OPEN_MLOPS_DATA": f"file://{folder / 'data'}",
        "OPEN_MLOPS_INFERENCE_JOURNAL": str(folder / "journal"),
        "OPEN_MLOPS_INFERENCE_LOG_SECONDS": "0.5",
    }
    server = mlserver_in(folder, log)
    server.start()
    door = door_in(folder, server.address)
    door.start()
    yield door
    door.stop()
    server.stop()


@pytest.fixture
def releasing(served: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseDeploymentClient]:
    """The client of this place behind the door, as people's code has it; nothing is deployed afterwards."""
    monkeypatch.setenv("OPEN_MLOPS_SERVING_TARGET", target_of(served))
    monkeypatch.setenv("OPEN_MLOPS_DATA", f"file://{served.folder / 'data'}")
    client = releases.serving()
    yield client
    for found in client.list_deployments():
        client.delete_deployment(found["name"])


@pytest.fixture
def champion(releasing: BaseDeploymentClient) -> str:
    version = register(0)
    releases.release(NAME, version, sample(20))
    return version


def on_disk(door: Server) -> list[str]:
    return sorted(path.parent.name for path in (door.folder / "models").glob("*/model-settings.json"))


def target_of(door: Server) -> str:
    folders = {name: quote(str(door.folder / name)) for name in ("models", "routes")}
    address = door.address.removeprefix("http://")
    return f"mlserver://{address}?models={folders['models']}&routes={folders['routes']}"

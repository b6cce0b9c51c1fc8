"""A real Prefect server for the tests that need one, on loopback, with its data in a folder of theirs."""

from __future__ import annotations

import sys
from pathlib import Path

from conftest import Server, free_port


def prefect_in(folder: Path) -> Server:
    """Not started."""
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

"""Puts a project's folder where every worker finds it, and its flow into the work pool.

    python -m open_mlops.project tutorials/first-project flow.py:first_project

The folder is copied to `$OPEN_MLOPS_DATA/projects/<name>/<digest>`. A flow run copies it from there into its
own working folder first, whether it is a process of this machine or a pod. Nothing of the machine that
deployed it is needed.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import fsspec
from prefect import Flow
from prefect.flows import load_flow_from_entrypoint

from . import provenance
from .settings import data_url, require

_LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".git", ".venv", ".mypy_cache", ".pytest_cache"}


def upload(folder: Path, name: str) -> str:
    """Copies the folder's files, and returns where they are. The same files are at the same address."""
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and _is_kept(path.relative_to(folder))
    )
    if not files:
        raise FileNotFoundError(f"{folder} has no files; name the project's folder")
    contents = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
    digest = hashlib.sha256()
    for path, content in contents.items():
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    url = data_url("projects", name, digest.hexdigest()[:12])
    filesystem, root = fsspec.url_to_fs(url)
    for path, content in contents.items():
        target = f"{root}/{path}"
        filesystem.makedirs(filesystem._parent(target), exist_ok=True)
        filesystem.pipe_file(target, content)
    return url


def _is_kept(path: Path) -> bool:
    return not any(part in _LEFT_OUT for part in path.parts)


def pull(url: str, code: dict[str, str] | None = None, by: str = "") -> dict[str, str]:
    """Copies an uploaded project into the working folder of a flow run: the deployment's pull step.

    The run then knows which code it is, and who deployed it (`open_mlops.provenance`).
    """
    provenance.remember(url, code or {}, by)
    filesystem, root = fsspec.url_to_fs(url)
    found = filesystem.find(root)
    if not found:
        raise FileNotFoundError(f"nothing is at {url}; deploy the project again")
    folder = Path.cwd() / ("project-" + url.rsplit("/", 1)[-1])
    for file in found:
        target = folder / Path(file).relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(filesystem.cat_file(file))
    return {"directory": str(folder)}


class _Uploaded:
    """Where Prefect finds an uploaded project: its own storage loses the first slash of a `file://` URL."""

    pull_interval: int | None = None

    def __init__(self, url: str, folder: Path):
        self._step = {"url": url, "code": provenance.of_folder(folder), "by": provenance.person()}
        self.destination = folder

    def set_base_path(self, path: Path) -> None:
        """The files are here already."""

    async def pull_code(self) -> None:
        """The files are here already."""

    def to_pull_step(self) -> dict[str, Any]:
        return {"open_mlops.project.pull": self._step}


def deploy(folder: Path | str, entrypoint: str, name: str | None = None, **options: Any) -> UUID:
    """Deploys the flow at `entrypoint` (`flow.py:first_project`, inside the folder) to the work pool.

    Deploying again changes the deployment of the same name. `options` are those of Prefect's
    `Flow.to_deployment`, such as `parameters` or `cron`. Returns the deployment's id.
    """
    folder = Path(folder).resolve()
    pool = require("PREFECT_API_URL", "PREFECT_DEFAULT_WORK_POOL_NAME")["PREFECT_DEFAULT_WORK_POOL_NAME"]
    name = name or folder.name
    # A flow is found by its file here, and named by its path inside the folder there.
    loaded: Flow[..., Any] = load_flow_from_entrypoint(str(folder / entrypoint))
    url = upload(folder, name)
    # Prefect gives a coroutine inside a running loop, such as a notebook's, unless it is told not to.
    now: dict[str, Any] = {"_sync": True}
    flow: Any = loaded.from_source(source=_Uploaded(url, folder), entrypoint=entrypoint, **now)
    deployment = flow.to_deployment(name, work_pool_name=pool, **options, **now)
    return cast(UUID, deployment.apply(**now))


def main() -> None:
    parser = argparse.ArgumentParser(description="Deploys a project's flow to the work pool.")
    parser.add_argument("folder", help="the project's folder")
    parser.add_argument("entrypoint", help="the flow in it, such as flow.py:first_project")
    parser.add_argument("--name", help="the deployment's name; default: the folder's")
    chosen = parser.parse_args()
    print(deploy(chosen.folder, chosen.entrypoint, chosen.name))


if __name__ == "__main__":
    main()

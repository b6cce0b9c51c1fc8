"""MLServer's model repository on this machine: one folder a deployment.

    <repository>/<name>/model-settings.json   which model is served; replaced in one step
    <repository>/<name>/<version>-<mark>/     its artifacts, never changed

The name is the deployment's, or behind a door `served_name` of the deployment and a version. Each entry is
unversioned for the server, so that it reloads it: the new model is loaded first and takes over when it is
ready, and when it does not load, the old one goes on. With the server's own versions the newest number would
win, ready or not, and an older version could not be put back.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from pathlib import Path
from typing import Any

import mlflow

from .models import ResolvedModel
from .runtimes import runtime_of

SETTINGS = "model-settings.json"


class Entry:
    """One folder of the repository."""

    def __init__(self, repository: Path, name: str):
        self._repository = repository
        self.name = name
        self.folder = repository / name
        self._settings = self.folder / SETTINGS

    def read(self) -> dict[str, Any] | None:
        """The settings, or None where nothing is deployed."""
        try:
            return dict(json.loads(self._settings.read_text()))
        except FileNotFoundError:
            return None

    def record(self) -> dict[str, str] | None:
        settings = self.read()
        return None if settings is None else dict(settings["parameters"]["extra"])

    def fetch(self, model: ResolvedModel) -> str:
        """Downloads the model's artifacts beside what is served, and returns their folder's name."""
        folder = f"{model.version or 'run'}-{uuid.uuid4().hex[:8]}"
        # The server does not look into hidden folders, so half a download is never found.
        with tempfile.TemporaryDirectory(dir=self._repository, prefix=".download-") as download:
            artifacts = mlflow.artifacts.download_artifacts(
                artifact_uri=model.uri, dst_path=download, tracking_uri=mlflow.get_tracking_uri()
            )
            self.folder.mkdir(exist_ok=True)
            os.rename(artifacts, self.folder / folder)
        return folder

    def write(self, settings: dict[str, Any] | None) -> None:
        """Replaces the settings in one step; None takes them away."""
        if settings is None:
            self._settings.unlink(missing_ok=True)
            return
        temporary = self.folder / f".{SETTINGS}.{uuid.uuid4().hex}"
        temporary.write_text(json.dumps(settings, indent=2) + "\n")
        os.replace(temporary, self._settings)

    def settings_for(self, model: ResolvedModel, folder: str, options: dict[str, Any]) -> dict[str, Any]:
        """`options` are the deployment's own, of `open_mlops.deployments.options`. MlflowException for a
        model that no runtime serves.
        """
        record = {**model.as_record(), "flavor": runtime_of(str(self.folder / folder)).flavor}
        parameters = options.get("parameters", {})
        return {
            **options,
            "name": self.name,
            "implementation": "mlserver_mlflow.MLflowRuntime",
            "platform": "mlflow",
            # Shown by the running server, so that a client can ask what answers it.
            "versions": [model.label],
            "parameters": {**parameters, "uri": f"./{folder}", "extra": record},
        }

    def clean(self) -> None:
        """Removes the artifacts that nothing refers to, and the folder when nothing is deployed."""
        settings = self.read()
        if settings is None:
            shutil.rmtree(self.folder, ignore_errors=True)
            return
        kept = Path(settings["parameters"]["uri"]).name
        for child in self.folder.iterdir():
            if child.is_dir() and child.name != kept:
                shutil.rmtree(child, ignore_errors=True)


def entries(repository: Path) -> list[Entry]:
    """Every folder with a model."""
    return [Entry(repository, found.parent.name) for found in sorted(repository.glob(f"*/{SETTINGS}"))]

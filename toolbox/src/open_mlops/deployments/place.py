"""One deployment of an MLServer behind the front door, as releases see it."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from open_mlops.door import Split
from open_mlops.release_plan import Json, ReleaseError

from .http import V2Server
from .models import resolve
from .options import options
from .versions import Versions


class MLServerPlace:
    """See `open_mlops.release_plan.Place`."""

    def __init__(self, name: str, repository: Path, server: V2Server, versions: Versions):
        self.name = name
        self._repository = repository
        self._server = server
        self._versions = versions
        # There while a release is under way or was interrupted.
        self._file = repository / f".{name}.release.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        self._repository.mkdir(parents=True, exist_ok=True)
        # The kernel lets go of it when the process is killed.
        with open(self._repository / f".{self.name}.release.lock", "w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ReleaseError(
                    f"{self.name} is being released or deployed by another process; wait for it"
                ) from None
            yield

    def journal(self) -> Json | None:
        try:
            return dict(json.loads(self._file.read_text()))
        except FileNotFoundError:
            return None

    def keep(self, journal: Json | None) -> None:
        if journal is None:
            self._file.unlink(missing_ok=True)
            return
        temporary = self._repository / f".{uuid.uuid4().hex}"
        temporary.write_text(json.dumps(journal, indent=2) + "\n")
        os.replace(temporary, self._file)

    def champion(self) -> tuple[str, str] | None:
        answering = self._versions.answering(self.name)
        if answering is None:
            return None
        settings = answering.read() or {}
        uri = settings["parameters"]["extra"]["model_uri"]
        [label] = settings["versions"]
        if self._versions.split(self.name) is None:
            # Deployed before there was a door, under no version's name.
            split = Split({label: 1})
            self._versions.load(self.name, resolve(uri), options(None, settings), lambda: self.direct(split))
            self.retire([label])
        return label, uri

    def load(self, uri: str, config: Json | None = None) -> None:
        model = resolve(uri)
        entry = self._versions.entry(self.name, model.label)
        answering = self._versions.answering(self.name)
        before = entry.read() or (answering.read() if answering else None)
        self._versions.load(self.name, model, options(config, before))

    def predict(self, version: str, sample: pd.DataFrame) -> npt.NDArray[Any]:
        name = self._versions.entry(self.name, version).name
        return np.asarray(self._server.predict(name, sample).get_predictions("ndarray"))

    def direct(self, split: Split) -> None:
        self._versions.direct(self.name, split)

    def retire(self, keep: Collection[str]) -> None:
        self._versions.retire(self.name, keep)

    def close(self) -> None:
        if self._versions.routes:
            self._versions.routes.remove(self.name)
        self._versions.retire(self.name)

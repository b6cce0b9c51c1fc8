"""The versions of each deployment on one MLServer, and which of them answers.

Behind a door (`routes=` in the target) a version has an entry of its own, and the door's `Split` says who
answers; without one, a deployment is the one entry of its name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from open_mlops.door import DoorError, Routes, Split
from open_mlops.served import parse_served_name, served_name

from .http import V2Server
from .models import ResolvedModel
from .repository import Entry, entries


class Versions:
    """What is loaded on the server, by deployment. Callers hold the deployment (`Place.alone`)."""

    def __init__(self, repository: Path, server: V2Server, routes: Routes | None):
        self._repository = repository
        self._server = server
        self.routes = routes

    def deployments(self) -> list[str]:
        """Names that something answers under."""
        found = {parse_served_name(entry.name)[0] for entry in entries(self._repository)}
        return [name for name in sorted(found) if self.answering(name)]

    def of(self, name: str) -> list[Entry]:
        """Every entry of the deployment, those that nobody is sent to included."""
        return [each for each in entries(self._repository) if parse_served_name(each.name)[0] == name]

    def entry(self, name: str, version: str) -> Entry:
        if self.routes is None:
            return Entry(self._repository, name)
        try:
            return Entry(self._repository, served_name(name, version))
        except ValueError as error:
            raise MlflowException(str(error), INVALID_PARAMETER_VALUE) from error

    def split(self, name: str) -> Split | None:
        return self.routes.read(name) if self.routes else None

    def answering(self, name: str) -> Entry | None:
        """The entry that answers, the one with the greatest share where there are several."""
        split = self.split(name)
        if split is None:
            # Also what was deployed before there was a door.
            entry = Entry(self._repository, name)
        else:
            entry = self.entry(name, max(split.weights, key=lambda version: split.weights[version]))
        return entry if entry.read() is not None else None

    def load(
        self,
        name: str,
        model: ResolvedModel,
        options: dict[str, Any],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Loads the model under the name of its version, and does what follows from it, or undoes both."""
        entry, answering = self.entry(name, model.label), self.answering(name)
        before = entry.read()
        kept = (
            f"version {(answering.read() or {})['versions'][0]} is still served"
            if answering
            else "nothing is served under the name"
        )
        loaded = False
        try:
            settings = entry.settings_for(model, entry.fetch(model), options)
            entry.write(settings)
            self._server.load(entry.name)
            loaded = True
            running = self._server.versions(entry.name)
            if running != [model.label]:
                raise MlflowException(f"the server says it runs {running}, expected [{model.label!r}]")
            then()
        except BaseException as error:
            # The server kept the model that it had; a restart of it must find that one too.
            entry.write(before)
            if loaded and before:
                self._server.load(entry.name)
            elif loaded:
                self._server.unload(entry.name)
            if not isinstance(error, Exception):
                raise
            raise MlflowException(
                f"{name} could not be deployed from {model.uri}; {kept}: {error}"
            ) from error
        finally:
            entry.clean()

    def direct(self, name: str, split: Split) -> None:
        """Says who answers. Without a door that is who was loaded last."""
        if self.routes is None:
            return
        before = self.routes.read(name)
        try:
            self.routes.write(name, split)
        except DoorError:
            # Its file must not name who may be taken away again; a door that is down takes it over later.
            with suppress(DoorError):
                if before:
                    self.routes.write(name, before)
                else:
                    self.routes.remove(name)
            raise

    def retire(self, name: str, keep: Collection[str] = ()) -> None:
        """Takes away the deployment's other versions. The server lets each answer what it was asked, and
        waits until nothing more comes.
        """
        kept = {self.entry(name, version).name for version in keep}
        gone = [entry for entry in self.of(name) if entry.name not in kept]
        if not gone:
            return
        states = self._server.index()
        for entry in gone:
            entry.write(None)
            if states.get(entry.name) == "READY":
                self._server.unload(entry.name)
            entry.clean()

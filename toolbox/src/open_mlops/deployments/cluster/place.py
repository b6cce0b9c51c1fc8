"""One deployment in a cluster, as releases see it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from open_mlops.door import Split
from open_mlops.release_plan import Json

from ..models import resolve
from .kinds import config_of, label_of, record
from .lease import Lease
from .versions import ClusterVersions


class ClusterPlace:
    """See `open_mlops.release_plan.Place`."""

    def __init__(self, name: str, versions: ClusterVersions, lease: Lease):
        self.name = name
        self._versions = versions
        self._lease = lease

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._lease.alone():
            yield

    def journal(self) -> Json | None:
        return self._lease.journal()

    def keep(self, journal: Json | None) -> None:
        self._lease.keep(journal)

    def champion(self) -> tuple[str, str] | None:
        found = self._versions.answering(self.name)
        return None if found is None else (label_of(found), record(found)["model_uri"])

    def load(self, uri: str, config: Json | None = None) -> None:
        self._lease.check()
        model = resolve(uri)
        before = self._versions.find(self.name, model.label) or self._versions.answering(self.name)
        self._versions.load(self.name, model, {**(config_of(before) if before else {}), **(config or {})})

    def predict(self, version: str, sample: pd.DataFrame) -> npt.NDArray[Any]:
        server = self._versions.server(self.name, version)
        try:
            return np.asarray(server.predict(self.name, sample).get_predictions("ndarray"))
        finally:
            server.close()

    def direct(self, split: Split) -> None:
        self._lease.check()
        self._versions.direct(self.name, split)

    def retire(self, keep: Collection[str]) -> None:
        self._lease.check()
        self._versions.retire(self.name, keep)

    def close(self) -> None:
        self._lease.check()
        self._versions.remove(self.name)
        self._versions.retire(self.name)

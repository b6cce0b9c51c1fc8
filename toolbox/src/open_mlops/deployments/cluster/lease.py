"""One releases at a time, and what a release has come to: a Lease of Kubernetes with the journal beside it.

A holder that is killed says nothing more, and after `SILENCE` seconds another may go on. One that was only
asleep finds that out before its next step, by the version of the Lease that it knows.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from mlflow.exceptions import MlflowException

from open_mlops.release_plan import Json, ReleaseError

from .api import LEASES, Cluster, Conflict
from .kinds import MANAGED_BY
from .pod import DEPLOYMENT

#: Seconds without a word of the holder after which it counts as gone.
SILENCE = 20.0
_JOURNAL = "open-mlops.org/release"


class Lease:
    """Of one deployment. A process holds it once at a time."""

    def __init__(self, cluster: Cluster, name: str):
        self._cluster = cluster
        self._deployment = name
        self._name = f"release-{name}"
        self._me = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._lock = threading.Lock()
        self._held: Json | None = None
        self._renewed = 0.0

    @contextmanager
    def alone(self) -> Iterator[None]:
        """ReleaseError when another process does. After one that was killed it takes `SILENCE` seconds."""
        self._take()
        stopped = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(stopped,), name="release-lease", daemon=True)
        renewing.start()
        try:
            yield
        finally:
            stopped.set()
            renewing.join()
            self._let_go()

    def check(self) -> None:
        """ReleaseError where this process may not go on: it was silent for too long, or replaced."""
        if self._held is None or time.monotonic() - self._renewed > SILENCE:
            raise ReleaseError(
                f"{self._deployment}: this process has lost its hold on the release, because the cluster did "
                "not answer it; resume it when the cluster does"
            )

    def journal(self) -> Json | None:
        found = self._held or self._cluster.get(LEASES, self._name)
        said = ((found or {}).get("metadata", {}).get("annotations") or {}).get(_JOURNAL)
        return None if said is None else dict(json.loads(said))

    def keep(self, journal: Json | None) -> None:
        """Replaces the journal in one step; None ends it."""
        self.check()
        try:
            self._write(journal=None if journal is None else json.dumps(journal, sort_keys=True))
        except Conflict as error:
            raise ReleaseError(f"{self._deployment} was taken over by another process") from error

    def _take(self) -> None:
        silent_since, seen = time.monotonic(), None
        while True:
            found = self._cluster.get(LEASES, self._name)
            holder = ((found or {}).get("spec") or {}).get("holderIdentity")
            version = found["metadata"]["resourceVersion"] if found else None
            if holder and seen not in (None, version):
                raise ReleaseError(f"{self._deployment} is being released by another process ({holder})")
            if not holder or time.monotonic() - silent_since > SILENCE:
                with suppress(Conflict):
                    self._held = found or self._new()
                    self._write()
                    return
                # Another was quicker; whether it goes on is seen by its next word.
                silent_since, seen = time.monotonic(), None
                continue
            seen = version
            time.sleep(1)

    def _new(self) -> Json:
        return self._cluster.create(
            LEASES,
            {
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {
                    "name": self._name,
                    "namespace": self._cluster.namespace,
                    "labels": {**MANAGED_BY, DEPLOYMENT: self._deployment},
                },
                "spec": {},
            },
        )

    def _write(self, holder: str | None = "", journal: str | None = "") -> None:
        """Says that this process is there, with what changes. Empty: as it was."""
        with self._lock:
            if self._held is None:
                raise ReleaseError(f"{self._deployment} was taken over by another process")
            metadata = dict(self._held["metadata"])
            if journal != "":
                metadata["annotations"] = {} if journal is None else {_JOURNAL: journal}
            spec = {
                "holderIdentity": self._me if holder == "" else holder,
                "leaseDurationSeconds": int(SILENCE),
                "renewTime": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            }
            begun = time.monotonic()
            try:
                self._held = self._cluster.replace(LEASES, {**self._held, "metadata": metadata, "spec": spec})
            except Conflict:
                self._held = None
                raise
            self._renewed = begun

    def _renew(self, stopped: threading.Event) -> None:
        while not stopped.wait(SILENCE / 5):
            try:
                self._write()
            except (Conflict, ReleaseError):
                return
            except Exception:
                # The cluster does not answer; `check` says so when that takes too long.
                continue

    def _let_go(self) -> None:
        """A cluster that does not answer is told by silence."""
        with suppress(MlflowException, ReleaseError, OSError):
            if self._held is None:
                return
            if self.journal() is None:
                self._cluster.delete(LEASES, self._name, self._held["metadata"]["resourceVersion"])
            else:
                self._write(holder=None)
        self._held = None

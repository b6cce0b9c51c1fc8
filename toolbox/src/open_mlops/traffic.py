"""Requests to a deployment, one row each, as clients send them: for tutorials, rehearsals and tests.

traffic = Traffic(endpoint, table)
traffic.replay()                           # every row once
with traffic.steady(rate=50):              # fifty a second, in the background, whatever else happens
    ...
print(traffic.failed(), traffic.versions())
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

import pandas as pd

from . import v2


@dataclass(frozen=True)
class Answered:
    """`row` is the table's, by place. `status` is 0 where nothing was answered, `seconds` what it took from
    when the request was due, and `problem` what was said in place of a prediction.
    """

    request_id: str
    row: int
    status: int
    version: str
    seconds: float
    problem: str = ""


class Traffic:
    """`answers` holds every request that is over. The endpoint is `get_deployment(name)["endpoint"]`.

    The client is a process of its own (`traffic_client`): what this one is busy with, or a notebook's running
    event loop, makes no request late. RuntimeError when that process ends before its work is done.
    """

    def __init__(self, endpoint: str, table: pd.DataFrame):
        self.answers: list[Answered] = []
        self._endpoint = endpoint
        self._bodies = [v2.encode_request(table.iloc[[row]]) for row in range(len(table))]

    def failed(self) -> int:
        return sum(each.status != 200 for each in self.answers)

    def problems(self) -> Counter[str]:
        """How often each was said."""
        return Counter(each.problem for each in self.answers if each.problem)

    def versions(self) -> Counter[str]:
        """How many requests each version answered."""
        return Counter(each.version for each in self.answers if each.status == 200)

    def replay(self, clients: int = 8) -> list[Answered]:
        """Asks for each row of the table once, so many at a time, and returns their answers."""
        before = len(self.answers)
        with self._client(clients=clients) as (_, listener):
            listener.join()
        return self.answers[before:]

    @contextmanager
    def steady(self, rate: float) -> Iterator[None]:
        """So many requests a second until the block ends, each sent when it is due, answered or not. Every
        one has been answered, or has failed, when it returns.
        """
        with self._client(rate=rate) as (stdin, _):
            try:
                yield
            finally:
                # The sign to end, which the client gets too when this process is killed.
                stdin.close()

    @contextmanager
    def _client(self, **work: float) -> Iterator[tuple[IO[str], threading.Thread]]:
        """The client at work, and what takes in its answers. Ends when the client has ended."""
        client = subprocess.Popen(
            [sys.executable, "-m", "open_mlops.traffic_client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert client.stdin is not None and client.stdout is not None
        with client:
            job = {"endpoint": self._endpoint, "bodies": self._bodies, **work}
            client.stdin.write(json.dumps(job) + "\n")
            client.stdin.flush()
            # Its first line says that it is there; imports take it a second.
            client.stdout.readline()
            listener = threading.Thread(target=self._listen, args=[client.stdout], daemon=True)
            listener.start()
            try:
                yield client.stdin, listener
            finally:
                listener.join()
        if client.returncode:
            raise RuntimeError(f"the client of this traffic ended with code {client.returncode}; see above")

    def _listen(self, lines: IO[str]) -> None:
        for line in lines:
            said: dict[str, Any] = json.loads(line)
            self.answers.append(Answered(**said))

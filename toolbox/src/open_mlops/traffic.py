"""Requests to a deployment, one row each, as clients send them: for tutorials, rehearsals and tests.

traffic = Traffic(endpoint, table)
traffic.replay()                           # every row once
with traffic.steady(rate=50):              # fifty a second, in the background, whatever else happens
    ...
print(traffic.failed(), traffic.versions())
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import httpx
import pandas as pd

from . import v2
from .tokens import PlatformAuth

#: Connections at a time. A request beyond them waits for one.
_CONNECTIONS = 100
#: Seconds after which a request counts as not answered.
_TIMEOUT = 60.0


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
    """`answers` holds every request that is over. The endpoint is `get_deployment(name)["endpoint"]`."""

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
        rows = iter(range(len(self._bodies)))

        async def client(http: httpx.AsyncClient) -> None:
            for row in rows:
                await self._ask(http, row, time.perf_counter())

        async def all_of_them() -> None:
            async with _client() as http:
                await asyncio.gather(*(client(http) for _ in range(clients)))

        asyncio.run(all_of_them())
        return self.answers[before:]

    @contextmanager
    def steady(self, rate: float) -> Iterator[None]:
        """So many requests a second until the block ends, each sent when it is due, answered or not. Every
        one has been answered, or has failed, when it returns.
        """
        done = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._steady(rate, done)), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    async def _steady(self, rate: float, done: threading.Event) -> None:
        begun = time.perf_counter()
        async with _client() as http, asyncio.TaskGroup() as tasks:
            for number in count():
                due = begun + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if done.is_set():
                    return
                tasks.create_task(self._ask(http, number % len(self._bodies), due))

    async def _ask(self, http: httpx.AsyncClient, row: int, due: float) -> None:
        request_id, status, version, problem = uuid.uuid4().hex, 0, "", ""
        try:
            answer = await http.post(self._endpoint, json={**self._bodies[row], "id": request_id})
            status = answer.status_code
            problem = "" if status == 200 else f"{status}: {answer.text[:200]}"
            version = str(answer.json().get("model_version", ""))
        except (httpx.HTTPError, ValueError) as error:
            problem = problem or f"{type(error).__name__}: {error}"
        took = time.perf_counter() - due
        self.answers.append(Answered(request_id, row, status, version, took, problem))


def _client() -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=_TIMEOUT,
        trust_env=False,
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        # Of the environment this alone is heeded: SSL_CERT_FILE, for a platform with an own authority.
        verify=httpx.create_ssl_context(),
        auth=PlatformAuth(),
    )

"""The process that asks, for `traffic`: its work is the first line of its input, its answers are its output.

The work is {"endpoint", "bodies"} with `rate`, requests a second until the input ends, or `clients`, for each
body once, so many at a time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from dataclasses import asdict
from itertools import count
from typing import Any

import httpx

from .tokens import PlatformAuth
from .traffic import Answered

#: Connections at a time. A request beyond them waits for one.
_CONNECTIONS = 100
#: Seconds after which a request counts as not answered.
_TIMEOUT = 60.0


class _Client:
    def __init__(self, http: httpx.AsyncClient, endpoint: str, bodies: list[dict[str, Any]]):
        self._http = http
        self._endpoint = endpoint
        self._bodies = bodies

    async def replay(self, clients: int) -> None:
        rows = iter(range(len(self._bodies)))

        async def one() -> None:
            for row in rows:
                await self._ask(row, time.perf_counter())

        await asyncio.gather(*(one() for _ in range(clients)))

    async def steady(self, rate: float) -> None:
        done = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for number in count():
                due = begun + number / rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if done.done():
                    return
                tasks.create_task(self._ask(number % len(self._bodies), due))

    async def _ask(self, row: int, due: float) -> None:
        request_id, status, version, problem = uuid.uuid4().hex, 0, "", ""
        try:
            answer = await self._http.post(self._endpoint, json={**self._bodies[row], "id": request_id})
            status = answer.status_code
            problem = "" if status == 200 else f"{status}: {answer.text[:200]}"
            version = str(answer.json().get("model_version", ""))
        except (httpx.HTTPError, ValueError) as error:
            problem = problem or f"{type(error).__name__}: {error}"
        took = time.perf_counter() - due
        print(json.dumps(asdict(Answered(request_id, row, status, version, took, problem))), flush=True)


async def main() -> None:
    work = json.loads(sys.stdin.readline())
    async with httpx.AsyncClient(
        timeout=_TIMEOUT,
        trust_env=False,
        limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
        # Of the environment this alone is heeded: SSL_CERT_FILE, for a platform with an own authority.
        verify=httpx.create_ssl_context(),
        auth=PlatformAuth(),
    ) as http:
        client = _Client(http, work["endpoint"], work["bodies"])
        print("ready", flush=True)
        await (client.steady(work["rate"]) if "rate" in work else client.replay(int(work["clients"])))


if __name__ == "__main__":
    asyncio.run(main())

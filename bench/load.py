"""A client that costs little: HTTP over kept connections, one request after the other on each.

python load.py --port 8080 --path /predict --bodies bodies.json --open 50 --seconds 10
python load.py --port 8080 --path /predict --bodies bodies.json --closed 8 --seconds 5

Prints JSON: `latencies` in milliseconds of those answered with 200, how many `failed` or were late, and the
`seconds` it took.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path


class Connection:
    """One connection, opened again when it was closed."""

    def __init__(self, port: int, path: str):
        self._port = port
        self._head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, body: bytes) -> bool:
        """Whether it was answered with 200."""
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            reader, writer = self._streams
            writer.write(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            return head.startswith(b"http/1.1 200")
        except (OSError, ValueError, asyncio.IncompleteReadError):
            self._streams = None
            return False


class Load:
    def __init__(self, port: int, path: str, bodies: list[bytes]):
        self._target = (port, path)
        self._bodies = bodies
        self._sent = 0
        self.latencies: list[float] = []
        self.failed = 0

    async def one(self, connection: Connection, due: float) -> None:
        """Counts from when it was due: a request that waits for the client's turn has waited."""
        body = self._bodies[self._sent % len(self._bodies)]
        self._sent += 1
        if await connection.ask(body):
            self.latencies.append((time.perf_counter() - due) * 1000)
        else:
            self.failed += 1

    async def open_loop(self, rate: float, seconds: float) -> None:
        """`rate` requests a second, whether or not those before were answered."""
        free: list[Connection] = []

        async def send(due: float) -> None:
            connection = free.pop() if free else Connection(*self._target)
            await self.one(connection, due)
            free.append(connection)

        begun = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(send(due)))
        # A server that cannot keep up would be waited for without end.
        _, late = await asyncio.wait(tasks, timeout=seconds)
        self.failed += len(late)

    async def closed_loop(self, clients: int, seconds: float) -> None:
        """So many clients, each of which asks again as soon as it was answered."""
        end = time.perf_counter() + seconds

        async def client() -> None:
            connection = Connection(*self._target)
            while (now := time.perf_counter()) < end:
                await self.one(connection, now)

        await asyncio.gather(*(client() for _ in range(clients)))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--bodies", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--open", type=float, help="requests a second")
    kind.add_argument("--closed", type=int, help="clients")
    options = parser.parse_args()
    bodies = [json.dumps(body).encode() for body in json.loads(options.bodies.read_text())]
    load = Load(options.port, options.path, bodies)
    begun = time.perf_counter()
    if options.open:
        asyncio.run(load.open_loop(options.open, options.seconds))
    else:
        asyncio.run(load.closed_loop(options.closed, options.seconds))
    seconds = time.perf_counter() - begun
    print(json.dumps({"latencies": load.latencies, "failed": load.failed, "seconds": seconds}))


if __name__ == "__main__":
    main()

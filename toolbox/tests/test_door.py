"""The lab's front door: a real Traefik, before a server that says which version it was asked for."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from conftest import Server, door_in, free_port

from open_mlops.door import DoorError, Routes, Split
from open_mlops.served import parse_served_name, served_name

MODEL = "flights"

#: Answers with the path and the trace that it was asked with, and writes both down, so that copies are seen.
UPSTREAM = """
import asyncio, json, sys

async def serve(reader, writer):
    try:
        while True:
            lines = (await reader.readuntil(b"\\r\\n\\r\\n")).decode().split("\\r\\n")
            headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = lines[0].split(" ")[1]
            seen = json.dumps({"path": path, "trace": headers.get("traceparent", ""), "body": body.decode()})
            print(seen, flush=True)
            found = b"200 OK" if path.startswith("/v2/") else b"404 Not Found"
            head = b"HTTP/1.1 %s\\r\\ncontent-length: %d\\r\\n\\r\\n" % (found, len(seen))
            writer.write(head + seen.encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    folder = tmp_path_factory.mktemp("upstream")
    server = Server(
        [sys.executable, "-c", UPSTREAM, str(port)], f"http://127.0.0.1:{port}", "/v2/", folder, {}
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def door(upstream: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = door_in(tmp_path_factory.mktemp("door"), upstream.address)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def routes(door: Server) -> Iterator[Routes]:
    port = door.address.rpartition(":")[2]
    target = f"mlserver://127.0.0.1:{port}?models=/m&routes={quote(str(door.folder / 'routes'))}"
    routes = Routes.of_target(target)
    yield routes
    for model in routes.models():
        routes.remove(model)


def ask(door: Server, times: int, model: str = MODEL) -> Counter[str]:
    """How often each name was asked for on the server."""
    with httpx.Client(base_url=door.address, trust_env=False) as http:
        answers = [http.post(f"/v2/models/{model}/infer", json={}).json()["path"] for _ in range(times)]
    return Counter(path.removeprefix("/v2/models/").removesuffix("/infer") for path in answers)


def test_a_model_without_a_split_is_asked_for_by_its_own_name(door: Server, routes: Routes) -> None:
    assert routes.read(MODEL) is None
    assert ask(door, 3) == {MODEL: 3}
    assert httpx.get(door.address + "/v2/health/ready", trust_env=False).json()["path"] == "/v2/health/ready"


def test_a_change_is_in_force_when_write_returns(door: Server, routes: Routes) -> None:
    for version in ("1", "2", "1", "2"):
        split = Split({version: 1})
        routes.write(MODEL, split)
        assert routes.read(MODEL) == split
        assert ask(door, 20) == {f"flights.v{version}": 20}
    assert routes.models() == [MODEL]
    routes.remove(MODEL)
    assert ask(door, 5) == {MODEL: 5}
    routes.remove(MODEL)


def test_a_canary_gets_its_share(door: Server, routes: Routes) -> None:
    routes.write(MODEL, Split({"1": 90, "2": 10, "3": 0}))
    assert ask(door, 200) == {"flights.v1": 180, "flights.v2": 20}


def test_a_shadow_gets_a_copy_with_the_same_trace_and_nobody_gets_its_answer(
    door: Server, routes: Routes, upstream: Server
) -> None:
    routes.write("shadowed", Split({"1": 3, "2": 1}, shadow="3"))
    assert routes.read("shadowed") == Split({"1": 3, "2": 1}, shadow="3")
    assert ask(door, 40, "shadowed") == {"shadowed.v1": 30, "shadowed.v2": 10}
    # Once the split is gone nothing more is copied.
    routes.remove("shadowed")
    ask(door, 1, "shadowed")
    seen = [json.loads(line) for line in (upstream.folder / "log").read_text().splitlines()]
    traces: dict[str, list[str]] = {}
    for each in seen:
        if each["path"].startswith("/v2/models/shadowed.v"):
            assert each["body"] == "{}"
            traces.setdefault(each["trace"].split("-")[1], []).append(each["path"][-7:-6])
    assert len(traces) == 40
    assert all(sorted(found)[1:] == ["3"] and len(found) == 2 for found in traces.values())


def test_no_request_fails_while_the_split_changes(door: Server, routes: Routes) -> None:
    routes.write(MODEL, Split({"1": 1}))
    done = threading.Event()
    answers: Counter[int] = Counter()

    async def client() -> None:
        async with httpx.AsyncClient(base_url=door.address, trust_env=False) as http:
            while not done.is_set():
                answers[(await http.post(f"/v2/models/{MODEL}/infer", json={})).status_code] += 1

    async def clients() -> None:
        await asyncio.gather(*(client() for _ in range(8)))

    asking = threading.Thread(target=lambda: asyncio.run(clients()))
    asking.start()
    for share in range(0, 101, 10):
        routes.write(MODEL, Split({"1": 100 - share, "2": share}, shadow="3"))
    done.set()
    asking.join()
    assert set(answers) == {200}
    assert answers[200] > 100


def test_a_killed_door_keeps_its_routes(door: Server, routes: Routes) -> None:
    routes.write(MODEL, Split({"2": 1}))
    door.stop(signal.SIGKILL)
    door.start()
    assert ask(door, 3) == {"flights.v2": 3}


def test_a_door_that_is_down_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("open_mlops.door.PATIENCE", 0.2)
    routes = Routes(tmp_path, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(DoorError, match="has not taken a change over"):
        routes.write(MODEL, Split({"1": 1}))
    assert routes.read(MODEL) == Split({"1": 1})


def test_a_wrong_split_is_an_error_that_names_everything() -> None:
    with pytest.raises(ValueError, match=r"of version 1 is -1.*shadow_percent is 0.*version .* is 'a/b'"):
        Split({"1": -1}, shadow="a/b", shadow_percent=0)
    with pytest.raises(ValueError, match=r"weights are \{'1': 0\}; give at least one"):
        Split({"1": 0})
    with pytest.raises(ValueError, match="version 1 answers and is the shadow"):
        Split({"1": 1}, shadow="1")
    with pytest.raises(ValueError, match="routes=/<folder>"):
        Routes.of_target("mlserver://127.0.0.1:1?models=/m")


def test_names_of_versions_come_back() -> None:
    assert parse_served_name(served_name("flights", "3")) == ("flights", "3")
    assert parse_served_name("flights") == ("flights", None)
    assert parse_served_name(served_name("a-v2", "m-0.v1")) == ("a-v2", "m-0.v1")

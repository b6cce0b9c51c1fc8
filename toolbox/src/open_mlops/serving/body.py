"""Bodies of requests: read whole, unpacked where they are compressed, and given on."""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

#: Bytes that a compressed body may have when it is unpacked: a few can become gigabytes.
LIMIT = 64 * 2**20


class BodyError(ValueError):
    """A body that cannot be read, and the status that says so."""

    def __init__(self, status: int, said: str):
        super().__init__(said)
        self.status = status


async def read(receive: Receive, encoding: bytes | None) -> bytes:
    """The body as it was before its `content-encoding`, gzip or none. BodyError where it is another."""
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    body = b"".join(chunks)
    if encoding is None or encoding in (b"identity", b""):
        return body
    if encoding.lower() != b"gzip":
        raise BodyError(415, f"content-encoding is {encoding.decode('latin-1')!r}; use gzip or none")
    return await asyncio.to_thread(_unpacked, body)


def _unpacked(body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            found = file.read(LIMIT + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BodyError(400, f"the body is not gzip as it says: {error}") from error
    if len(found) > LIMIT:
        raise BodyError(413, f"the body is larger than {LIMIT} bytes when it is unpacked; send fewer rows")
    return found


def scope_of(scope: MutableMapping[str, Any], body: bytes) -> MutableMapping[str, Any]:
    """The request's, with this body: it is not compressed, and neither is its answer to be."""
    changed = (b"content-length", b"content-encoding", b"accept-encoding")
    headers = [(key, value) for key, value in scope["headers"] if key not in changed]
    return {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}


def replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

"""Requests that nobody answers are counted too, and a notebook's event loop is not in the way."""

from __future__ import annotations

import asyncio
import time

import pandas as pd
from conftest import free_port

from open_mlops.traffic import Traffic

TABLE = pd.DataFrame({"number": [1.0, 2.0, 3.0]})


def nobody() -> Traffic:
    return Traffic(f"http://127.0.0.1:{free_port()}/v2/models/none/infer", TABLE)


def test_a_request_that_nobody_answers_has_failed_and_says_why() -> None:
    traffic = nobody()

    async def in_a_notebook() -> None:
        traffic.replay()

    asyncio.run(in_a_notebook())
    assert sorted(each.row for each in traffic.answers) == [0, 1, 2]
    assert traffic.failed() == 3 and not traffic.versions()
    assert all(problem.startswith("ConnectError") for problem in traffic.problems())
    assert len({each.request_id for each in traffic.answers}) == 3


def test_requests_come_at_their_rate_while_this_process_is_busy() -> None:
    traffic = nobody()
    with traffic.steady(rate=20):
        # Holds the interpreter's lock for most of the time.
        begun = time.monotonic()
        while (took := time.monotonic() - begun) < 2:
            sum(range(100_000))
    # The first is due at once; the end is told by a pipe, which takes the other process a moment.
    assert 20 * took * 0.8 <= len(traffic.answers) <= 20 * took + 10

"""Adaptive batching: requests that wait for the model at the same time are answered by one call of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .turn import Turn

#: A table as columns, or tensors, all of the same length: rows come first.
Columns = dict[str, npt.NDArray[Any]]
Predict = Callable[[Columns], Any]


Waiting = list[tuple[Columns, asyncio.Future[Any]]]


class Batcher:
    """While the model works, requests gather; what has gathered is the next batch.

    A request that comes alone is answered at once, unless `wait` (seconds) says that it may wait for others.
    A batch has at most `rows` rows, but for a request that has more itself.
    """

    def __init__(self, predict: Predict, rows: int, wait: float, turn: Turn):
        self._predict = predict
        self._rows = rows
        self._wait = wait
        self._turn = turn
        self._waiting: Waiting = []
        self._timer: asyncio.Handle | None = None
        self._working: asyncio.Task[None] | None = None

    async def predict(self, columns: Columns) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((columns, future))
        if sum(_rows(each) for each, _ in self._waiting) >= self._rows:
            self._flush()
        elif self._timer is None:
            self._timer = (
                loop.call_later(self._wait, self._flush) if self._wait else loop.call_soon(self._flush)
            )
        return await future

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._turn.apart:
            if self._working is None:
                self._working = asyncio.create_task(self._work())
            return
        for batch in self._take():
            _settle(batch, self._turn.here(self._answers, batch))

    async def _work(self) -> None:
        """In the model's thread; what comes meanwhile is the next batch."""
        try:
            while self._waiting:
                for batch in self._take():
                    _settle(batch, await self._turn.there(self._answers, batch))
        finally:
            self._working = None

    def _take(self) -> list[Waiting]:
        """What waits, as batches."""
        waiting, self._waiting = self._waiting, []
        # Columns of other names, types or widths are another table.
        alike: dict[tuple[Any, ...], list[Waiting]] = {}
        for columns, future in waiting:
            kind = tuple((name, values.dtype.str, values.shape[1:]) for name, values in columns.items())
            batches = alike.setdefault(kind, [[]])
            if sum(_rows(each) for each, _ in batches[-1]) + _rows(columns) > self._rows and batches[-1]:
                batches.append([])
            batches[-1].append((columns, future))
        return [batch for batches in alike.values() for batch in batches]

    def _answers(self, batch: Waiting) -> list[Any]:
        """Of each request, its answer or an exception."""
        if len(batch) > 1:
            # One of them may be at fault: then each is asked alone, so that the others are answered.
            with suppress(Exception):
                first = batch[0][0]
                merged = {name: np.concatenate([columns[name] for columns, _ in batch]) for name in first}
                return _split(self._predict(merged), [_rows(columns) for columns, _ in batch])
        return [self._answer(columns) for columns, _ in batch]

    def _answer(self, columns: Columns) -> Any:
        try:
            return self._predict(columns)
        except StopIteration as error:
            # A future takes any other.
            return RuntimeError(f"the model raised {error!r}")
        except Exception as error:
            return error


def _settle(batch: Waiting, answers: list[Any]) -> None:
    for (_, future), answer in zip(batch, answers, strict=True):
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _rows(columns: Columns) -> int:
    return len(next(iter(columns.values()), ()))


def _split(answer: Any, sizes: list[int]) -> list[Any]:
    if isinstance(answer, dict):
        parts_of = {name: _split(values, sizes) for name, values in answer.items()}
        return [{name: values[at] for name, values in parts_of.items()} for at in range(len(sizes))]
    if len(answer) != sum(sizes):
        raise ValueError(f"the model answered {len(answer)} rows to {sum(sizes)}")
    ends = np.cumsum(sizes).tolist()
    parts = zip([0, *ends[:-1]], ends, strict=True)
    if isinstance(answer, pd.DataFrame | pd.Series):
        return [answer.iloc[start:end].reset_index(drop=True) for start, end in parts]
    return [answer[start:end] for start, end in parts]

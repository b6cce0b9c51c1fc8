"""Adaptive batching: requests that wait for the model at the same time are answered by one call of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

#: A table as columns, or tensors, all of the same length: rows come first.
Columns = dict[str, npt.NDArray[Any]]
Predict = Callable[[Columns], Any]


class Batcher:
    """While the model works, requests gather; what has gathered is the next batch.

    A request that comes alone is answered at once, unless `wait` (seconds) says that it may wait for others.
    A batch has at most `rows` rows, but for a request that has more itself.
    """

    def __init__(self, predict: Predict, rows: int, wait: float):
        self._predict = predict
        self._rows = rows
        self._wait = wait
        self._waiting: list[tuple[Columns, asyncio.Future[Any]]] = []
        self._timer: asyncio.Handle | None = None

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
        waiting, self._waiting = self._waiting, []
        # Columns of other names, types or widths are another table.
        alike: dict[tuple[Any, ...], list[tuple[Columns, asyncio.Future[Any]]]] = {}
        for columns, future in waiting:
            kind = tuple((name, values.dtype.str, values.shape[1:]) for name, values in columns.items())
            alike.setdefault(kind, []).append((columns, future))
        for batch in alike.values():
            self._answer(batch)

    def _answer(self, batch: list[tuple[Columns, asyncio.Future[Any]]]) -> None:
        if len(batch) > 1:
            try:
                first = batch[0][0]
                merged = {name: np.concatenate([columns[name] for columns, _ in batch]) for name in first}
                answers = _split(self._predict(merged), [_rows(columns) for columns, _ in batch])
                for (_, future), answer in zip(batch, answers, strict=True):
                    if not future.done():
                        future.set_result(answer)
                return
            except Exception:
                # One of them may be at fault: each is asked alone, so that the others are answered.
                pass
        for columns, future in batch:
            if future.done():
                continue
            try:
                future.set_result(self._predict(columns))
            except Exception as error:
                future.set_exception(error)


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

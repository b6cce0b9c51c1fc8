"""Where a model predicts: in the server's loop, or in a thread beside it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds that a model may keep the server's loop, on average of its last calls: health checks and other
#: models wait so long.
LONG = 0.05
#: How much the newest call counts in that average.
_NEWEST = 0.2


class Turn:
    """One model's calls, one at a time. A quick model is called in the loop, as a change of threads costs it
    more; one that has turned out slow in a thread of its own, until it is quick again.
    """

    def __init__(self, name: str):
        self._name = name
        self._average = 0.0
        self._under_way = 0
        self._thread: ThreadPoolExecutor | None = None

    @property
    def apart(self) -> bool:
        """Whether the next call belongs into the thread: also while one is there."""
        return self._average > LONG or self._under_way > 0

    def here(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        begun = time.perf_counter()
        try:
            return function(*args, **kwargs)
        except StopIteration as error:
            # A future takes any other.
            raise RuntimeError(f"the model raised {error!r}") from error
        finally:
            self._took(begun)

    async def timed(self, answer: Awaitable[T]) -> T:
        """Awaits in the loop what waits for nothing there."""
        begun = time.perf_counter()
        try:
            return await answer
        finally:
            self._took(begun)

    def _took(self, begun: float) -> None:
        self._average += _NEWEST * (time.perf_counter() - begun - self._average)

    async def there(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        self._under_way += 1
        try:
            work = asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: self.here(function, *args, **kwargs)
            )
            # Who asked may go away; the call goes on, and the next waits for it.
            return await asyncio.shield(work)
        finally:
            self._under_way -= 1

    def end(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=False)

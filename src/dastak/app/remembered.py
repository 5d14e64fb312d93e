"""An answer that is asked for at most so often.

In: an expensive question. Out: its last answer while that is fresh; whoever comes while it is being asked, waits for
that one answer. So strangers who call `/readyz` in a loop cost a commit a second and no more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """One question with its last answer. An error is not remembered."""

    def __init__(
        self, ask: Callable[[], Awaitable[T]], fresh_for: timedelta, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask = ask
        self._fresh_for = fresh_for.total_seconds()
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._answer: tuple[float, T] | None = None

    async def answer(self) -> T:
        """The last answer, or a new one."""
        async with self._lock:
            if self._answer is None or self._monotonic() - self._answer[0] >= self._fresh_for:
                answer = await self._ask()
                self._answer = (self._monotonic(), answer)
            return self._answer[1]

"""Who has a page open: a customer whose last page is gone for long enough leaves the queue.

In: `live` opens and closes here. Out: a call after the grace, unless a page was opened again. A reload, a second tab
and a short loss of the network are no leaving.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

Gone = Callable[[], Awaitable[object]]


class Watching:
    """Counts open pages by code, within one process and one event loop."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._leaving: set[asyncio.Future[object]] = set()

    @contextmanager
    def open(self, code: str, gone_after: timedelta | None, gone: Gone) -> Iterator[None]:
        """While a page is open. When it was the last, `gone` is called after that long, unless another opens before."""
        waiting = self._waiting.pop(code, None)
        if waiting is not None:
            waiting.cancel()
        self._open[code] = self._open.get(code, 0) + 1
        try:
            yield
        finally:
            self._open[code] -= 1
            if not self._open[code]:
                del self._open[code]
                if gone_after is not None:
                    loop = asyncio.get_running_loop()
                    self._waiting[code] = loop.call_later(gone_after.total_seconds(), self._leave, code, gone)

    def _leave(self, code: str, gone: Gone) -> None:
        del self._waiting[code]
        leaving = asyncio.ensure_future(gone())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

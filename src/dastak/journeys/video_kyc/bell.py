"""Wakes pages that show a case or a merchant's queue live.

In: `Mover` says after each commit that a case has changed. Out: whoever watches that case, or that merchant, wakes.
Changes that another process commits are not heard here; so a watch wakes by itself from time to time.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dastak.journeys.video_kyc.video_kyc import VideoKyc

LOOK_AGAIN_SECONDS = 2.0
"""A change of another process is seen at the latest after this."""


class LiveBell:
    """A `QueueBell` that pages can watch, within one process and one event loop."""

    def __init__(self) -> None:
        self._watching: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._stopped = False
        self._told: list[Callable[[VideoKyc], None]] = []

    def also_tell(self, listener: Callable[[VideoKyc], None]) -> None:
        """Tell this of every change from now on; it must not block or raise."""
        self._told.append(listener)

    def changed(self, case: VideoKyc) -> None:
        """Wake who watches this case or its merchant."""
        for listener in self._told:
            listener(case)
        for name in (case.id, case.merchant_id):
            for event in self._watching.get(name, ()):
                event.set()

    def stop(self) -> None:
        """The process ends: whoever waits goes home."""
        self._stopped = True
        for events in self._watching.values():
            for event in events:
                event.set()

    @property
    def is_stopped(self) -> bool:
        """Whether a page should end its stream."""
        return self._stopped

    @contextmanager
    def watch(self, name: str) -> Iterator[asyncio.Event]:
        """An event that is set at each change of this case id or merchant id; whoever waits clears it."""
        event = asyncio.Event()
        self._watching[name].add(event)
        try:
            yield event
        finally:
            self._watching[name].discard(event)
            if not self._watching[name]:
                del self._watching[name]

    async def wait(self, event: asyncio.Event, seconds: float = LOOK_AGAIN_SECONDS) -> bool:
        """Until the watched thing changes (True), or that long (False)."""
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return not self._stopped

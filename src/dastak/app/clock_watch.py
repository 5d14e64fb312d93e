"""Notices when the machine's wall clock is set back, so that nothing waits for the time that was.

In: the wall clock and a monotonic one. Out: a call of who keeps times that a clock of before has set, at the start (the
clock may have been set back while nobody ran) and whenever the wall clock went back. `server` runs it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

log = structlog.get_logger("dastak.clock")

LOOK_EVERY = timedelta(seconds=1)
BACKWARDS = timedelta(seconds=1)
"""A clock that is corrected by less is left alone: retries are not that exact."""


class Heed(Protocol):
    """What is to be done about times that were set by a clock that was ahead."""

    async def __call__(self, now: datetime, by: timedelta) -> int:
        """Set right what waits too long; how much it was. Several may do so: nothing waits longer by that.

        Args:
            now: what the wall clock says.
            by: how far it went back; zero at a start, when nobody knows.
        """


async def _asleep(span: timedelta) -> None:
    await asyncio.sleep(span.total_seconds())


class ClockWatch:
    """Looks once a second; `run` goes on until it is cancelled."""

    def __init__(
        self,
        what: str,
        heed: Heed,
        *,
        now: Callable[[], datetime],
        wake: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[timedelta], Awaitable[None]] = _asleep,
    ) -> None:
        """Watch for one kind of times.

        Args:
            what: its name in the log.
            heed: sets them right.
            now: the wall clock.
            wake: called when something may be due earlier than it was.
            monotonic: the clock that nobody sets.
            sleep: between two looks.
        """
        self._what = what
        self._heed = heed
        self._now = now
        self._wake = wake
        self._monotonic = monotonic
        self._sleep = sleep
        self._ahead: float | None = None
        """Seconds by which the wall clock is ahead of the monotonic one; None before the first look."""

    async def run(self) -> None:
        """Look, then sleep. A store that fails is asked again at the next look."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - whatever ails the store, it is told when it is back
                log.warning("clock_not_heeded", what=self._what, error=type(error).__name__)
            await self._sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Compare the clocks once. Raises what the store raises, and then looks as if it had not looked."""
        now = self._now()
        ahead = now.timestamp() - self._monotonic()
        by = timedelta(seconds=0 if self._ahead is None else self._ahead - ahead)
        went_back = by > BACKWARDS
        if self._ahead is None or went_back:
            moved = await self._heed(now, by if went_back else timedelta(0))
            if moved or went_back:
                log.warning("clock_went_back", what=self._what, seconds=round(by.total_seconds()), moved=moved)
                self._wake()
        self._ahead = ahead

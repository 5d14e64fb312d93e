"""Removes spools that nobody needs any more: of calls that were not the decided one, and what a crash left behind.

In: closed rooms, and their cases. Out: their folders are gone. A spool that a film will be made of stays; so does that
of a case that is not over.
"""

import asyncio
import contextlib
import time
from datetime import timedelta

import structlog

from dastak.journeys.video_kyc.rooms import Seat
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.video.compose.composer import FindCase
from dastak.video.spool.spool import Spool

_ABANDONED = 86_400.0
"""Seconds after which a room that nobody closed is taken as closed."""

log = structlog.get_logger("dastak.composer")


class Broom:
    """A loop; it may be cancelled at any moment."""

    def __init__(self, spool: Spool, find_case: FindCase, every: timedelta = timedelta(hours=1)) -> None:
        self._spool = spool
        self._find_case = find_case
        self._every = every

    async def run(self) -> None:
        """For ever."""
        while True:
            with contextlib.suppress(ConnectionError, OSError):
                await self.sweep()
            await asyncio.sleep(self._every.total_seconds())

    async def sweep(self) -> int:
        """Once; how many were removed. Raises `ConnectionError`, `OSError`."""
        removed = 0
        for seat in await asyncio.to_thread(self._finished):
            case = await self._find_case(seat.merchant_id, seat.case_id)
            if case is not None and not is_needed(case, seat):
                await asyncio.to_thread(self._spool.forget, seat.room)
                log.info("spool_removed", call_id=seat.call_id)
                removed += 1
        return removed

    def _finished(self) -> list[Seat]:
        now = time.time()
        abandoned = [one for one in self._spool.left_open() if self._spool.idle_seconds(one.room, now) > _ABANDONED]
        return [*self._spool.closed(), *abandoned]


def is_needed(case: VideoKyc, seat: Seat) -> bool:
    """Whether the spool of this seat's call may still be asked for."""
    if case.recording is not None and case.recording.call_id == seat.call_id:
        return not case.recording.reference
    return case.due_at is not None  # the clock still has something to do with the case: it is not over

"""Tells the watcher what happens in rooms: each seat's news in order, each until it was taken.

In: news from the rooms, at any moment. Out: one call after the other per seat; a store that cannot be reached is asked
again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from dastak.journeys.video_kyc.rooms import RoomWatcher, Seat
from dastak.video.attendance import Change

log = structlog.get_logger("dastak.rooms")

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_News = Callable[[], Awaitable[None]]


class Telling:
    """Lives in the event loop in which the watcher lives."""

    def __init__(self, watcher: RoomWatcher) -> None:
        self._watcher = watcher
        self._news: dict[Seat, deque[_News]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def change(self, seat: Seat, change: Change) -> None:
        """This party came, or is lost."""
        tell = self._watcher.came if change is Change.CAME else self._watcher.lost
        self._add(seat, lambda: tell(seat))

    def recorded(self, seat: Seat, reference: str) -> None:
        """This call is being recorded there."""
        self._add(seat, lambda: self._watcher.recorded(seat, reference))

    async def finish(self, within_seconds: float) -> None:
        """Wait until everything was told; what cannot be told in this time is given up."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _add(self, seat: Seat, news: _News) -> None:
        waiting = self._news.get(seat)
        if waiting is not None:
            waiting.append(news)
            return
        self._news[seat] = deque([news])
        task = asyncio.get_running_loop().create_task(self._tell(seat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, seat: Seat) -> None:
        waiting = self._news[seat]
        try:
            while waiting:
                await _until_taken(seat, waiting.popleft())
        finally:
            del self._news[seat]


async def _until_taken(seat: Seat, news: _News) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            await news()
        except ConnectionError:
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)
        except Exception:  # a watcher's mistake must not silence what comes after it
            log.exception("room_news_refused", call_id=seat.call_id)
            return
        else:
            return

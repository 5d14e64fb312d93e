"""Wakes who waits for a merchant's next event.

In: word of every commit, and those who wait. Out: a wake-up once their merchant has an event that they have not seen.
`Puller` waits here; `app.build` joins it to the store.

However many wait, one look into the store serves them all, and looks keep a distance from each other. Commits of other
processes may go unheard, so there is a look every half second while somebody waits; when nobody does, there is none.
"""

import asyncio
import contextlib
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Protocol

import structlog

log = structlog.get_logger("dastak.arrivals")

LOOK_EVERY = timedelta(milliseconds=500)
PAUSE = timedelta(milliseconds=50)
"""Between two looks, however often is committed."""


class LatestReader(Protocol):
    """As much of `LogReader` as is needed here."""

    async def latest_positions(self, merchant_ids: Collection[str]) -> Mapping[str, int]: ...


class Arrivals:
    """Those who wait, in one event loop."""

    def __init__(self, reader: LatestReader, *, look_every: timedelta = LOOK_EVERY, pause: timedelta = PAUSE) -> None:
        self._reader = reader
        self._look_every = look_every.total_seconds()
        self._pause = pause.total_seconds()
        self._waiting: dict[str, dict[asyncio.Future[None], int]] = {}
        self._something = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self.commits = 0
        """How often this process has heard of a commit: note it before a look, and give it to `wait` after."""
        self.is_stopped = False

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(len(waiters) for waiters in self._waiting.values())

    def committed(self) -> None:
        """Something was committed, of whatever merchant."""
        self.commits += 1
        self._something.set()

    def stop(self) -> None:
        """Let everybody go, now and from now on."""
        self.is_stopped = True
        self._wake_all()
        self._something.set()

    async def wait(self, merchant_id: str, after: int, commits: int, until: float) -> None:
        """Return when the merchant has an event beyond `after`, at `until` (of the loop's clock), or on `stop`.

        `commits` is what it was before the caller looked: what has come since is not overlooked.
        """
        if self.is_stopped:
            return
        if commits != self.commits:
            self._something.set()
        waiter = asyncio.get_running_loop().create_future()
        waiters = self._waiting.setdefault(merchant_id, {})
        waiters[waiter] = after
        self._watch()
        try:
            async with asyncio.timeout_at(until):
                await waiter
        except TimeoutError:
            return
        finally:
            del waiters[waiter]
            if not waiters:
                self._waiting.pop(merchant_id, None)

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.create_task(self._look_on())

    async def _look_on(self) -> None:
        while self._waiting and not self.is_stopped:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_every):
                    await self._something.wait()
            self._something.clear()
            await self._look()
            await asyncio.sleep(self._pause)

    async def _look(self) -> None:
        try:
            latest = await self._reader.latest_positions(list(self._waiting))
        except Exception as error:  # noqa: BLE001 - they look themselves then, and tell their callers what is wrong
            log.warning("look_failed", error=type(error).__name__)
            self._wake_all()
            return
        for merchant_id, waiters in self._waiting.items():
            _wake(waiter for waiter, after in waiters.items() if latest.get(merchant_id, 0) > after)

    def _wake_all(self) -> None:
        for waiters in self._waiting.values():
            _wake(waiters)


def _wake(waiters: Iterable[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)

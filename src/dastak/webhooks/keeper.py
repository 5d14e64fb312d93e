"""Keeps the store bounded: lets go of what was kept long enough, a little at a time.

In: the time, and how long each class is kept. Out: steps of the store, each a short transaction, with pauses between
them that leave most of the time to everybody else. `app` runs it; several at once do no harm.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from dastak.webhooks.observing import NobodyWatches, RetentionObserver
from dastak.webhooks.retention import Expired, Expiring, Kept, Retention, cut_offs

log = structlog.get_logger("dastak.keeper")

SWEEP_EVERY = timedelta(hours=1)
LONGEST_PAUSE = timedelta(seconds=30)
"""Between two turns: by this the loop shows that it lives."""

AIM = timedelta(milliseconds=50)
"""A step that takes longer is made smaller: others wait for its locks, or for the one writer."""

SMALLEST, FIRST, LARGEST = 20, 200, 2000
REST = 3
"""After each step, so many times its own time belongs to everybody else."""
SHORTEST_REST = timedelta(milliseconds=5)


def next_step(rows: int, took: timedelta) -> int:
    """How many rows the next step may look at, after one of so many rows that took so long."""
    if took > AIM:
        return max(SMALLEST, rows // 2)
    if took < AIM / 3:
        return min(LARGEST, rows * 2)
    return rows


async def _asleep(span: timedelta) -> None:
    await asyncio.sleep(span.total_seconds())


class Keeper:
    """Sweeps once an hour; `run` goes on until it is cancelled."""

    def __init__(
        self,
        store: Expiring,
        retention: Retention,
        *,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[timedelta], Awaitable[None]] = _asleep,
        observer: RetentionObserver | None = None,
    ) -> None:
        """Keep this store.

        Args:
            store: does the steps.
            retention: how long each class is kept.
            now: the wall clock, which says what is old.
            monotonic: the clock that says how long a step took.
            sleep: lets others work.
            observer: told of every turn, of what went and of failures.
        """
        self._store = store
        self._retention = retention
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._observer = observer or NobodyWatches()
        self._rows = dict.fromkeys(Kept, FIRST)

    async def run(self) -> None:
        """Sweep, then wait for the next hour. A store that fails is asked again at the next turn."""
        sweep_at = self._monotonic()
        while True:
            self._observer.turned()
            if self._monotonic() >= sweep_at:
                try:
                    await self.sweep()
                    sweep_at = self._monotonic() + SWEEP_EVERY.total_seconds()
                except Exception as error:  # noqa: BLE001 - whatever ails the store, it is swept when it is back
                    log.warning("retention_failed", error=type(error).__name__)
                    self._observer.store_failed()
            await self._sleep(LONGEST_PAUSE)

    async def sweep(self) -> int:
        """Let go of all that is too old now; how many rows went. Raises what the store raises."""
        await self._store.prepare(self._now())
        gone = 0
        for cut_off in cut_offs(self._retention, self._now()):
            of_class = 0
            while (expired := await self._step(cut_off.what, cut_off.before)).more:
                of_class += expired.count
            of_class += expired.count
            if of_class:
                log.info("retention_swept", what=cut_off.what.value, rows=of_class)
            gone += of_class
        return gone

    async def _step(self, what: Kept, before: datetime) -> Expired:
        began = self._monotonic()
        expired = await self._store.expire(what, before, self._rows[what])
        took = timedelta(seconds=self._monotonic() - began)
        self._rows[what] = next_step(self._rows[what], took)
        self._observer.turned()
        self._observer.expired(what, expired.count)
        if expired.more:
            await self._sleep(max(SHORTEST_REST, took * REST))
        return expired

"""The replayer: makes the steps of open replays, each when its job's rate allows it. It decides nothing itself.

In: open jobs in the store. Out: deliveries that are pending again, for the dispatcher. Any number of replayers, in any
number of processes, may run: the store gives each step to one of them. One that dies leaves nothing behind, since a
step is one transaction.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from dastak.webhooks.pausing import set_or_over
from dastak.webhooks.replaying import ReplayObserver, ReplayQueue, Stepped, Unobserved

log = structlog.get_logger("dastak.webhooks")

LONGEST_PAUSE = timedelta(seconds=5)
"""How long the store is left alone at most: covers jobs made in another process, and a wall clock that jumps."""

NEXT_LOOK = timedelta(milliseconds=20)
"""When a step is due and another replayer is just making it."""

TROUBLE_PAUSE = timedelta(milliseconds=200)
"""After a store that failed; doubled up to LONGEST_PAUSE."""


class Replayer:
    """Works on replays. `run` goes on until `stop`."""

    def __init__(
        self, queue: ReplayQueue, *, now: Callable[[], datetime], observer: ReplayObserver | None = None
    ) -> None:
        self._queue = queue
        self._now = now
        self._observer = observer or Unobserved()
        self._work = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look at the jobs now: one was made. Call it from the replayer's own loop."""
        self._work.set()

    async def stop(self) -> None:
        """Begin no step more; `run` returns after the one under way. Twice is harmless."""
        self._stopping = True
        self._work.set()

    async def run(self) -> None:
        """Make steps until `stop`. A store that fails is asked again later."""
        trouble = TROUBLE_PAUSE
        while not self._stopping:
            self._observer.turned()
            self._work.clear()
            try:
                pause = await self._turn()
                trouble = TROUBLE_PAUSE
            except Exception as error:  # noqa: BLE001 - whatever ails the store, replays go on when it is back
                log.warning("store_unavailable", during="replay", error=repr(error))
                self._observer.replay_failed()
                pause, trouble = trouble, min(trouble * 2, LONGEST_PAUSE)
            if pause > timedelta(0):
                await set_or_over(self._work, pause)

    async def _turn(self) -> timedelta:
        """One step, if one is due; how long to wait for the next."""
        stepped = await self._queue.step(self._now())
        if stepped is not None:
            self._told(stepped)
            return timedelta(0)
        due = await self._queue.next_step()
        return LONGEST_PAUSE if due is None else min(LONGEST_PAUSE, max(NEXT_LOOK, due - self._now()))

    def _told(self, stepped: Stepped) -> None:
        if stepped.requeued:
            self._observer.replayed(stepped.requeued)
        job = stepped.replay
        if not job.is_open:
            log.info(
                "replay",
                replay_id=job.id,
                merchant_id=job.merchant_id,
                state=job.state.value,
                requeued=job.requeued,
                skipped={reason.value: count for reason, count in job.skipped.items()},
            )

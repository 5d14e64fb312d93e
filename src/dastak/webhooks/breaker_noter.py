"""Tells other processes which breakers are not closed: the pages of a process that does not deliver show them, too.

In: attempts as they end, from the dispatcher, and its health book. Out: notes, at once when a breaker is found open and
every few seconds as long as it is; the last note says that it is closed. A note that is not renewed says nothing any
more, so a dispatcher that dies leaves nothing behind. `app` runs it beside the dispatcher.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from dastak.webhooks.breaker import BreakerState
from dastak.webhooks.breaker_note import EVERY, BreakerNote
from dastak.webhooks.delivery import Settled
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.health import HealthBook
from dastak.webhooks.observing import Unobserved
from dastak.webhooks.pausing import set_or_over
from dastak.webhooks.ports import BreakerStore

log = structlog.get_logger("dastak.webhooks")


class BreakerNoter(Unobserved):
    """Watches a dispatcher (`DispatchObserver`). `run` goes on until `stop`."""

    def __init__(
        self,
        store: BreakerStore,
        health: Callable[[], HealthBook],
        *,
        now: Callable[[], datetime],
        every: timedelta = EVERY,
    ) -> None:
        """Note for a dispatcher that may be made later.

        Args:
            store: keeps the notes.
            health: the dispatcher's book.
            now: aware UTC now.
            every: how often a note is renewed.
        """
        self._store = store
        self._health = health
        self._now = now
        self._every = every
        self._open: dict[str, Endpoint] = {}
        """Those whose breaker was not closed when it was looked at last."""
        self._something = asyncio.Event()
        self._ending = asyncio.Event()

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        """Look at those that are not well."""
        health = self._health()
        for endpoint in {one.claimed.endpoint.id: one.claimed.endpoint for one in settled}.values():
            if not health.is_well(endpoint.id) and health.of(endpoint).breaker is not BreakerState.CLOSED:
                self._open[endpoint.id] = endpoint
                self._something.set()

    async def run(self) -> None:
        """Note until `stop`. A store that fails is asked again."""
        while True:
            await self._something.wait()
            if self._ending.is_set():
                return
            await self.flush()
            await set_or_over(self._ending, self._every)

    async def stop(self) -> None:
        """Let `run` return. Twice is harmless."""
        self._ending.set()
        self._something.set()

    async def flush(self) -> bool:
        """Note everything now; whether the store took it."""
        notes = [self._note(endpoint) for endpoint in self._open.values()]
        try:
            await self._store.put_breakers(notes)
        except Exception as error:  # noqa: BLE001 - whatever ails the store, it is told when it is back
            log.warning("breakers_not_noted", error=type(error).__name__)
            return False
        for note in notes:
            if note.state is BreakerState.CLOSED:
                del self._open[note.endpoint_id]
        if not self._open and not self._ending.is_set():
            self._something.clear()
        return True

    def _note(self, endpoint: Endpoint) -> BreakerNote:
        seen = self._health().of(endpoint)
        return BreakerNote(endpoint.merchant_id, endpoint.id, seen.breaker, seen.open_until, self._now())

"""Counts how endpoints do, by the hour, in the store that all processes share; never once per attempt.

In: attempts as they end, from the dispatcher. Out: sums to add, at once after a quiet time, else every few seconds.
A process that is killed takes at most its last few seconds of counts with it: these are for looking at, and what is
owed and what was delivered is told by the log alone. `app` runs it beside the dispatcher.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from dastak.webhooks.delivery import Settled
from dastak.webhooks.hours import EndpointHour, Tally, added
from dastak.webhooks.observing import Unobserved
from dastak.webhooks.pausing import set_or_over
from dastak.webhooks.ports import HourStore

log = structlog.get_logger("dastak.webhooks")

EVERY = timedelta(seconds=5)


class HourCounter(Unobserved):
    """Watches a dispatcher (`DispatchObserver`). `run` goes on until `stop`, and then hands on what is left."""

    def __init__(self, store: HourStore, every: timedelta = EVERY) -> None:
        self._store = store
        self._every = every
        self._tally = Tally()
        self._not_taken: Sequence[EndpointHour] = ()
        self._something = asyncio.Event()
        self._ending = asyncio.Event()

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        """Count them."""
        self._tally.add(settled)
        self._something.set()

    async def run(self) -> None:
        """Hand on until `stop`. A store that fails is asked again, but for the last time not."""
        while not self._ending.is_set():
            await self._something.wait()
            await self.flush()
            await set_or_over(self._ending, self._every)
        await self.flush()

    async def stop(self) -> None:
        """Let `run` hand on what is left and return. Twice is harmless."""
        self._ending.set()
        self._something.set()

    async def flush(self) -> bool:
        """Hand on everything now; whether the store took it."""
        hours = _together(self._not_taken, self._tally.hours())
        self._tally, self._not_taken = Tally(), ()
        self._something.clear()
        if not hours:
            return True
        try:
            await self._store.add_hours(hours)
        except Exception as error:  # noqa: BLE001 - whatever ails the store, it is told when it is back
            log.warning("hours_not_counted", error=type(error).__name__)
            self._not_taken = hours
            self._something.set()
            return False
        return True


def _together(earlier: Sequence[EndpointHour], later: Sequence[EndpointHour]) -> list[EndpointHour]:
    """Each hour of each endpoint once, in order."""
    whole = {_key(one): one for one in earlier}
    for one in later:
        known = whole.get(_key(one))
        whole[_key(one)] = one if known is None else added(known, one)
    return [whole[key] for key in sorted(whole)]


def _key(one: EndpointHour) -> tuple[str, str, datetime]:
    return one.merchant_id, one.endpoint_id, one.hour

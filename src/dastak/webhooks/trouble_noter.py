"""Notes which endpoints fail and which work, in the store that all processes share; rarely, never once per attempt.

In: attempts as they end, from the dispatcher. Out: notes, folded per endpoint in memory: at once when an endpoint that
worked fails (for each at most once a minute), or works again after that; everything else once a minute.
A process that dies takes at most its last minute of notes with it. `app` runs it beside the dispatcher.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from dastak.webhooks.delivery import Settled
from dastak.webhooks.observing import TroubleObserver, Unobserved
from dastak.webhooks.pausing import set_or_over
from dastak.webhooks.ports import TroubleStore
from dastak.webhooks.trouble import Note, Trouble
from dastak.webhooks.verdict import NO_ATTEMPT_LEFT, Outcome

log = structlog.get_logger("dastak.webhooks")

EVERY = timedelta(minutes=1)
AGAIN_AFTER = timedelta(seconds=5)
"""A store that failed is asked again after this."""


@dataclass(slots=True)
class _Tally:
    merchant_id: str
    succeeded_at: datetime | None = None
    failures: int = 0
    first_failure_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_reason: str = ""

    def add(self, one: Settled) -> bool:
        """Count an attempt; whether it was a success."""
        if one.verdict.outcome is Outcome.DELIVERED:
            self.succeeded_at, self.failures, self.first_failure_at = one.ended_at, 0, None
            return True
        self.failures += 1
        self.first_failure_at = self.first_failure_at or one.ended_at
        self.last_failure_at = one.ended_at
        self.last_reason = one.verdict.reason.removesuffix(NO_ATTEMPT_LEFT)
        return False

    def begin_with(self, earlier: "_Tally") -> None:
        """Put an earlier tally, which the store did not take, before this one."""
        if self.succeeded_at is None:
            self.succeeded_at = earlier.succeeded_at
            self.first_failure_at = earlier.first_failure_at or self.first_failure_at
            self.failures += earlier.failures

    def note(self, endpoint_id: str) -> Note:
        failures = (self.failures, self.first_failure_at, self.last_failure_at, self.last_reason)
        return Note(self.merchant_id, endpoint_id, self.succeeded_at, *(failures if self.failures else ()))


class TroubleNoter:
    """Watches a dispatcher (`DispatchObserver`). `run` goes on until `stop`, and then notes what is left."""

    def __init__(
        self,
        store: TroubleStore,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        observer: TroubleObserver | None = None,
    ) -> None:
        self._store = store
        self._monotonic = monotonic
        self._observer = observer or Unobserved()
        self._tallies: dict[str, _Tally] = {}
        self._failing: set[str] = set()
        """Endpoints that the store knows to fail, or is about to be told so."""
        self._failed_at: dict[str, float] = {}
        self._ask_at = 0.0
        self._wake = asyncio.Event()
        self._stopping = False

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        """Count them; a change of state wakes `run`."""
        for one in settled:
            if one.verdict.outcome is Outcome.GONE:
                continue  # it is disabled by the settlement itself
            endpoint = one.claimed.endpoint
            tally = self._tallies.get(endpoint.id)
            if tally is None:
                tally = self._tallies[endpoint.id] = _Tally(endpoint.merchant_id)
            if tally.add(one) is (endpoint.id in self._failing):
                self._change(endpoint.id, fails=one.verdict.outcome is not Outcome.DELIVERED)

    def turned(self) -> None: ...

    def claimed(self, count: int, took: timedelta) -> None: ...

    def store_failed(self, during: str) -> None: ...

    async def run(self) -> None:
        """Note until `stop`. A store that fails is asked again, but for the last time not."""
        while True:
            is_last = self._stopping
            is_noted = await self.flush()
            if is_last:
                return
            await set_or_over(self._wake, EVERY if is_noted else AGAIN_AFTER)
            self._wake.clear()

    async def stop(self) -> None:
        """Let `run` note what is left and return. Twice is harmless."""
        self._stopping = True
        self._wake.set()

    async def flush(self) -> bool:
        """Note everything now; whether the store took it."""
        tallies, self._tallies = self._tallies, {}
        try:
            if tallies:
                await self._store.note([tally.note(id_) for id_, tally in tallies.items()])
                log.info("trouble_noted", endpoints=len(tallies))
            self._told(tallies)
            tallies = {}
            if self._monotonic() >= self._ask_at:
                self._know(await self._store.troubled())
        except Exception as error:  # noqa: BLE001 - whatever ails the store, notes are taken when it is back
            log.warning("trouble_not_noted", error=type(error).__name__)
            self._observer.trouble_store_failed()
            self._put_back(tallies)
            return False
        return True

    def _change(self, endpoint_id: str, *, fails: bool) -> None:
        now = self._monotonic()
        if not fails:
            self._failing.discard(endpoint_id)
        elif now - self._failed_at.get(endpoint_id, -math.inf) < EVERY.total_seconds():
            return
        else:
            self._failing.add(endpoint_id)
            self._failed_at[endpoint_id] = now
        self._wake.set()

    def _told(self, tallies: dict[str, _Tally]) -> None:
        """The store knows these now; what has ended since is told next."""
        for id_ in tallies.keys() - self._tallies.keys():
            (self._failing.add if tallies[id_].failures else self._failing.discard)(id_)

    def _know(self, troubled: Iterable[Trouble]) -> None:
        """What the store says, but for endpoints with attempts that it does not know of yet."""
        failing = {trouble.endpoint_id for trouble in troubled if trouble.failing_since is not None}
        self._failing = (failing - self._tallies.keys()) | (self._failing & self._tallies.keys())
        now, pause = self._monotonic(), EVERY.total_seconds()
        self._ask_at, oldest = now + pause, now - pause
        self._failed_at = {id_: at for id_, at in self._failed_at.items() if at > oldest}

    def _put_back(self, tallies: dict[str, _Tally]) -> None:
        for id_, earlier in tallies.items():
            later = self._tallies.get(id_)
            if later is None:
                self._tallies[id_] = earlier
            else:
                later.begin_with(earlier)

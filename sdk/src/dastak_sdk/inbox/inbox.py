"""Exactly-once effects: what arrives is kept, handled once and in order, and tried again when that fails.

In: verified events, from the merchant's webhook handler or from a pull. Out: the merchant's effect, called inside the
transaction that notes that it was done. Called by the merchant's handler (`receive`) and worker (`work`, `run`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from dastak_sdk.inbox.rows import Rows
from dastak_sdk.inbox.turns import Effect, Outcome, Receipt, Turns
from dastak_sdk.reception import is_async, refuse_handler

if TYPE_CHECKING:
    import threading

    from dastak_sdk.envelope import Event
    from dastak_sdk.inbox.record import Record, State
    from dastak_sdk.inbox.store import Store

HandleT = TypeVar("HandleT")

DEFAULT_RETRIES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 2 * 60, 10 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600)
)
"""How long after each failed attempt the next one begins; after as many again it is a dead letter."""

DEFAULT_PATIENCE = timedelta(minutes=10)
"""How long an event waits for one before it that has not arrived."""

DEFAULT_LEASE = timedelta(minutes=5)
"""How long a worker may take for one effect before another takes over."""


WORKER_FAILED = "The worker of the inbox failed, and looks again in %s s"
log = logging.getLogger("dastak_sdk.inbox")


class Inbox(Generic[HandleT]):
    """The received events of one merchant. As safe to share between threads as its store is."""

    def __init__(
        self,
        store: Store[HandleT],
        effect: Effect[HandleT] | None = None,
        *,
        on_late: Effect[HandleT] | None = None,
        on_unknown: Effect[HandleT] | None = None,
        retries: Sequence[timedelta] = DEFAULT_RETRIES,
        patience: timedelta | None = DEFAULT_PATIENCE,
        lease: timedelta = DEFAULT_LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Set up.

        Args:
            store: where the inbox lives: the database that the effects write to.
            effect: called once per event with the store's handle and the event. What it raises undoes what it wrote.
                None: the function that `webhook(receiver, inbox=…)` decorates becomes it.
            on_late: called instead for an event of a journey of which something newer was handled. None: such an event
                is noted as done, and has no effect, so that it cannot overwrite the newer state.
            on_unknown: called instead for an event that this version does not know, or cannot read. None: such an event
                is kept without an effect; `unknown` lists it, and after an upgrade `replay` gives it one.
            retries: how long after each failed attempt the next one begins; after the last, a dead letter.
            patience: how long an event waits for a missing earlier one of its journey. None: for ever; then let
                `fetch_missing` or `reconcile` run, since an endpoint with `event_types` never gets some.
            lease: how long a worker may take for one effect before another takes over.
            clock: gives Unix seconds.
        """
        self.store = store
        for each in (effect, on_late, on_unknown):
            _refuse_async(each)
        self._turns = Turns(effect, on_late, on_unknown, tuple(retries), patience, lease)
        self._clock = clock

    def joined(self, effect: Effect[HandleT]) -> Callable[[Event], Receipt]:
        """Take the effect that the inbox was made without; give `receive`. Called by the adapters' `webhook`."""
        _refuse_async(effect)
        self._turns = self._turns.with_effect(effect)
        return self.receive

    def receive(self, event: Event, *, pulled: bool = False) -> Receipt:
        """Keep an event and handle it if it is its turn, in one transaction; then those that waited for it, in theirs.

        Once this returns, the event is safe: answer 200. If it raises, the event may be kept or not: answer 500, and
        the sender comes again, which does no harm. `pulled`: it came over your own call of the API, so that its id and
        sequence can be trusted.
        """
        receipt = self._accept(event, pulled=pulled, attempt=True)
        self._follow(receipt)
        return receipt

    def keep(self, event: Event, *, pulled: bool = False) -> Receipt:
        """Keep an event for a worker, and do nothing else: for effects that take long."""
        return self._accept(event, pulled=pulled, attempt=False)

    def work(self, limit: int = 100) -> int:
        """Handle what is due, at most `limit` and those that waited for them; return how many attempts were made."""
        with self.store.transaction() as transaction:
            keys = Rows(transaction).due(self._clock(), limit)
        return sum(self._work(key) for key in keys)

    def run(self, stop: threading.Event, *, every: float = 1.0) -> None:
        """Be a worker until `stop` is set; look again after `every` seconds when nothing is due, or the store fails."""
        while not stop.is_set():
            if not self._try_to_work(every):
                stop.wait(every)

    def unknown(self, limit: int = 100) -> list[Record]:
        """What was kept without an effect, as this version did not know it or could not read it, oldest first."""
        with self.store.transaction() as transaction:
            return Rows(transaction).unknown(limit)

    def dead_letters(self, limit: int = 100) -> list[Record]:
        """What failed for the last time, oldest first. Each holds back the later events of its journey."""
        with self.store.transaction() as transaction:
            return Rows(transaction).dead(limit)

    def replay(self, key: str) -> bool:
        """Give a dead letter, or what was unknown, all its attempts again, the first at once. Whether it was one."""
        with self.store.transaction() as transaction:
            replayed = self._turns.replay(Rows(transaction), key, self._clock())
        if replayed:
            self._work(key)
        return replayed

    def skip(self, key: str) -> bool:
        """Let a dead letter have no effect, so that its journey goes on without it. Whether it was one."""
        with self.store.transaction() as transaction:
            receipt = self._turns.skip(Rows(transaction), key, self._clock())
        if receipt is None:
            return False
        self._follow(receipt)
        return True

    def find(self, key: str) -> Record | None:
        """The record of an event, by the key of its receipt."""
        with self.store.transaction() as transaction:
            return Rows(transaction).find(key)

    def gaps(self, limit: int = 100) -> list[tuple[str, int, int]]:
        """Journeys that wait for events that never came: name, first and last sequence missing."""
        with self.store.transaction() as transaction:
            return Rows(transaction).gaps(limit)

    def counts(self) -> dict[State, int]:
        """How many events stand where: for your metrics."""
        with self.store.transaction() as transaction:
            return Rows(transaction).counts()

    def forget(self, older_than: timedelta) -> int:
        """Empty the bodies (personal data) of what was handled and is older; keys stay, so duplicates still drop."""
        with self.store.transaction() as transaction:
            return Rows(transaction).forget(self._clock() - older_than.total_seconds())

    def _try_to_work(self, every: float) -> int:
        try:
            return self.work()
        except Exception:
            log.exception(WORKER_FAILED, every)
            return 0

    def _accept(self, event: Event, *, pulled: bool, attempt: bool) -> Receipt:
        if event.is_test:
            return Receipt(Outcome.TEST)
        with self.store.transaction() as transaction:
            return self._turns.accept(Rows(transaction), event, self._clock(), pulled=pulled, attempt=attempt)

    def _follow(self, receipt: Receipt) -> None:
        if receipt.woken is not None:
            self._work(receipt.woken)

    def _work(self, key: str | None) -> int:
        """Handle one record that is due, and those whose turn it is after it; return how many attempts were made."""
        attempts = 0
        while key is not None:
            with self.store.transaction() as transaction:
                lease = self._turns.claim(Rows(transaction), key, self._clock())
            if lease is None:
                break
            with self.store.transaction() as transaction:
                receipt = self._turns.attempt(Rows(transaction), key, lease, self._clock())
            attempts += 1
            key = receipt.woken if receipt is not None else None
        return attempts


def _refuse_async(effect: Effect[HandleT] | None) -> None:
    if is_async(effect):
        raise TypeError("An Inbox calls plain functions; an async def wants AsyncInbox and a store for it.")
    if effect is not None:
        refuse_handler(effect)

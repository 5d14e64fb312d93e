"""The inbox for asynchronous applications: the same rules, awaited.

In: verified events, from an asynchronous handler. Out: the merchant's `async def` effect, awaited inside the
transaction that notes that it was done. The rules are those of `turns`; only who waits differs from `inbox`.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from dastak_sdk.envelope import Event
from dastak_sdk.inbox.inbox import DEFAULT_LEASE, DEFAULT_PATIENCE, DEFAULT_RETRIES, WORKER_FAILED, log
from dastak_sdk.inbox.rows import Rows
from dastak_sdk.inbox.store import HandleT_co
from dastak_sdk.inbox.turns import Effect, Outcome, Receipt, Turns

if TYPE_CHECKING:
    from dastak_sdk.inbox.record import Record, State
    from dastak_sdk.inbox.store import Transaction

T = TypeVar("T")
HandleT = TypeVar("HandleT")
AsyncEffect = Callable[[HandleT, Event], Awaitable[None]]


class AsyncStore(Protocol[HandleT_co]):
    """Where an asynchronous inbox lives."""

    async def transact(self, act: Callable[[Transaction[HandleT_co]], T]) -> T:
        """Run a plain function in a transaction: committed when it returns, undone when it raises."""

    def wait(self, effect: Awaitable[None]) -> None:
        """Await an effect from inside such a function."""


class AsyncInbox(Generic[HandleT]):
    """The received events of one merchant; see `Inbox` for the settings, which are the same."""

    def __init__(
        self,
        store: AsyncStore[HandleT],
        effect: AsyncEffect[HandleT] | None = None,
        *,
        on_late: AsyncEffect[HandleT] | None = None,
        on_unknown: AsyncEffect[HandleT] | None = None,
        retries: Sequence[timedelta] = DEFAULT_RETRIES,
        patience: timedelta | None = DEFAULT_PATIENCE,
        lease: timedelta = DEFAULT_LEASE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.store = store
        now, late, unknown = (None if each is None else self._waited(each) for each in (effect, on_late, on_unknown))
        self._turns = Turns(now, late, unknown, tuple(retries), patience, lease)
        self._clock = clock

    def joined(self, effect: AsyncEffect[HandleT]) -> Callable[[Event], Awaitable[Receipt]]:
        """Take the effect that the inbox was made without; give `receive`. Called by the adapters' `webhook`."""
        self._turns = self._turns.with_effect(self._waited(effect))
        return self.receive

    async def receive(self, event: Event, *, pulled: bool = False) -> Receipt:
        """Keep an event and handle it if it is its turn, in one transaction; then those that waited for it, in theirs.

        Once this returns, the event is safe: answer 200. If it raises, the event may be kept or not: answer 500, and
        the sender comes again, which does no harm.
        """
        receipt = await self._accept(event, pulled=pulled, attempt=True)
        await self._work(receipt.woken)
        return receipt

    async def keep(self, event: Event, *, pulled: bool = False) -> Receipt:
        """Keep an event for a worker, and do nothing else: for effects that take long."""
        return await self._accept(event, pulled=pulled, attempt=False)

    async def work(self, limit: int = 100) -> int:
        """Handle what is due, at most `limit` and those that waited for them; return how many attempts were made."""
        keys = await self._do(lambda rows: rows.due(self._clock(), limit))
        return sum([await self._work(key) for key in keys])

    async def run(self, *, every: float = 1.0) -> None:
        """Be a worker until cancelled; look again after `every` seconds when nothing is due, or the store fails."""
        while True:
            if not await self._try_to_work(every):
                await asyncio.sleep(every)

    async def unknown(self, limit: int = 100) -> list[Record]:
        """What was kept without an effect, as this version did not know it or could not read it, oldest first."""
        return await self._do(lambda rows: rows.unknown(limit))

    async def dead_letters(self, limit: int = 100) -> list[Record]:
        """What failed for the last time, oldest first. Each holds back the later events of its journey."""
        return await self._do(lambda rows: rows.dead(limit))

    async def replay(self, key: str) -> bool:
        """Give a dead letter, or what was unknown, all its attempts again, the first at once. Whether it was one."""
        replayed = await self._do(lambda rows: self._turns.replay(rows, key, self._clock()))
        if replayed:
            await self._work(key)
        return replayed

    async def skip(self, key: str) -> bool:
        """Let a dead letter have no effect, so that its journey goes on without it. Whether it was one."""
        receipt = await self._do(lambda rows: self._turns.skip(rows, key, self._clock()))
        if receipt is not None:
            await self._work(receipt.woken)
        return receipt is not None

    async def find(self, key: str) -> Record | None:
        """The record of an event, by the key of its receipt."""
        return await self._do(lambda rows: rows.find(key))

    async def gaps(self, limit: int = 100) -> list[tuple[str, int, int]]:
        """Journeys that wait for events that never came: name, first and last sequence missing."""
        return await self._do(lambda rows: rows.gaps(limit))

    async def counts(self) -> dict[State, int]:
        """How many events stand where: for your metrics."""
        return await self._do(lambda rows: rows.counts())

    async def forget(self, older_than: timedelta) -> int:
        """Empty the bodies (personal data) of what was handled and is older; keys stay, so duplicates still drop."""
        return await self._do(lambda rows: rows.forget(self._clock() - older_than.total_seconds()))

    async def _try_to_work(self, every: float) -> int:
        try:
            return await self.work()
        except Exception:  # noqa: BLE001 - it is logged
            log.exception(WORKER_FAILED, every)
            return 0

    async def _accept(self, event: Event, *, pulled: bool, attempt: bool) -> Receipt:
        if event.is_test:
            return Receipt(Outcome.TEST)
        return await self._do(
            lambda rows: self._turns.accept(rows, event, self._clock(), pulled=pulled, attempt=attempt)
        )

    async def _work(self, key: str | None) -> int:
        attempts = 0
        while key is not None:
            lease = await self._do(partial(self._claim, key))
            if lease is None:
                break
            receipt = await self._do(partial(self._attempt, key, lease))
            attempts += 1
            key = receipt.woken if receipt is not None else None
        return attempts

    def _claim(self, key: str, rows: Rows[HandleT]) -> str | None:
        return self._turns.claim(rows, key, self._clock())

    def _attempt(self, key: str, lease: str, rows: Rows[HandleT]) -> Receipt | None:
        return self._turns.attempt(rows, key, lease, self._clock())

    async def _do(self, act: Callable[[Rows[HandleT]], T]) -> T:
        return await self.store.transact(lambda transaction: act(Rows(transaction)))

    def _waited(self, effect: AsyncEffect[HandleT]) -> Effect[HandleT]:
        if not inspect.iscoroutinefunction(effect):
            raise TypeError("An AsyncInbox awaits its effects: write async def, or use Inbox for plain functions.")
        return lambda handle, event: self.store.wait(effect(handle, event))

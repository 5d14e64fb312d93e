"""Many small writes in one transaction: whoever comes while one is under way waits for the next, together.

In: one item per caller. Out: one result, or one error, per item. A commit costs its sync to the disk whether it holds
one row or a hundred; so under load a batch is large, and a lone item still goes at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from dastak.store.trouble import StoreUnavailable

T = TypeVar("T")
R = TypeVar("R")

MOST = 128
PARALLEL = 2
"""Transactions under way together: while one waits for the disk, the next is being written."""


class Batcher(Generic[T, R]):
    """Collects items for `run`. For one event loop at a time; it has no task while nobody waits."""

    def __init__(
        self,
        run: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        key: Callable[[T], Hashable],
        most: int = MOST,
    ) -> None:
        """Collect for `run`, which answers every item of a batch or raises for all of them.

        Args:
            run: does a batch in one transaction.
            key: items with the same key never share a batch: each must see what the one before it did.
            most: items in one batch.
        """
        self._run = run
        self._key = key
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    async def submit(self, item: T) -> R:
        """Do it together with others; returns after the commit."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if len(self._workers) < PARALLEL:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await future

    async def _work(self) -> None:
        while self._waiting:
            batch = self._take()
            await self._do(batch)

    def _take(self) -> list[tuple[T, "asyncio.Future[R]"]]:
        batch: list[tuple[T, asyncio.Future[R]]] = []
        keys: set[Hashable] = set()
        left: list[tuple[T, asyncio.Future[R]]] = []
        while self._waiting and len(batch) < self._most:
            item, future = self._waiting.popleft()
            key = self._key(item)
            if key in keys:
                left.append((item, future))
            elif not future.done():  # whoever has gone away before it began wants it no more
                keys.add(key)
                batch.append((item, future))
        self._waiting.extendleft(reversed(left))
        return batch

    async def _do(self, batch: list[tuple[T, "asyncio.Future[R]"]]) -> None:
        if not batch:
            return
        try:
            results = await self._run([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 - each caller gets it, or its own
            if len(batch) == 1 or isinstance(error, StoreUnavailable):
                results = [error] * len(batch)
            else:
                for one in batch:
                    await self._do([one])
                return
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

"""One reading for everybody who asks at the same moment: a bell wakes many pages that show the same thing.

In: what is read, and how. Out: its value, read after one had asked; whoever asks while a reading is under way shares
the next one, since that reading may have begun before what the asker wants to see.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Within one process and one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[T]] = {}
        self._next: dict[str, asyncio.Future[T]] = {}

    async def read(self, name: str, read: Callable[[], Awaitable[T]]) -> T:
        """The value of that name. Raises what the reading raises, to all who share it."""
        coming = self._next.get(name)
        if coming is None:
            coming = self._next[name] = asyncio.ensure_future(self._turn(name, read))
            coming.add_done_callback(_seen)
        return await asyncio.shield(coming)  # one page that goes away takes nothing from the others

    async def _turn(self, name: str, read: Callable[[], Awaitable[T]]) -> T:
        if name in self._under_way:
            await asyncio.wait([self._under_way[name]])
        mine = self._under_way[name] = self._next.pop(name)
        try:
            return await read()
        finally:
            if self._under_way.get(name) is mine:
                del self._under_way[name]


def _seen(done: asyncio.Future[T]) -> None:
    """A failure was told to whoever waited; if all of them are gone, it concerns nobody."""
    if not done.cancelled():
        done.exception()

"""What a store tells whoever counts.

In: calls on the store's own threads; they must be safe there, and must not block or raise. Out: `app` counts them.
"""

from datetime import timedelta
from typing import Protocol


class StoreObserver(Protocol):
    """Somebody who watches a store."""

    def committed(self, writes: int, took: timedelta, *, durable: bool) -> None:
        """So many writes became one transaction; `took` is from its beginning to the end of its commit."""

    def commit_failed(self, writes: int) -> None:
        """A transaction of so many writes was undone as a whole: the disk or the database refused it."""


class Unobserved:
    """Nobody watches."""

    def committed(self, writes: int, took: timedelta, *, durable: bool) -> None: ...

    def commit_failed(self, writes: int) -> None: ...

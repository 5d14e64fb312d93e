"""What the dispatcher tells whoever counts, and what it can be asked.

In: calls on the dispatcher's own event loop; they must not block or raise. Out: `app` counts them. By default nobody
listens.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, Protocol

from dastak.webhooks.delivery import Settled

StoreAct = Literal["claim", "settle", "release"]


class DispatchObserver(Protocol):
    """Somebody who watches a dispatcher."""

    def turned(self) -> None:
        """The claiming loop goes round once more; at least every `LONGEST_PAUSE` while nothing holds it up."""

    def claimed(self, count: int, took: timedelta) -> None:
        """The store was asked for work and gave so much of it."""

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        """These attempts have ended and are recorded (not so only if the store failed while we stopped)."""

    def store_failed(self, during: StoreAct) -> None:
        """The store did not do it; it will be asked again."""


class Unobserved:
    """Nobody watches."""

    def turned(self) -> None: ...

    def claimed(self, count: int, took: timedelta) -> None: ...

    def attempts_ended(self, settled: Sequence[Settled]) -> None: ...

    def store_failed(self, during: StoreAct) -> None: ...

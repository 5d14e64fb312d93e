"""What the dispatcher, the clock of endpoints and the keeper tell whoever counts.

In: calls on the event loop; they must not block or raise. Out: `app` counts them. By default nobody listens.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, Protocol

from dastak.webhooks.delivery import Settled
from dastak.webhooks.retention import Kept
from dastak.webhooks.trouble import Act

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


class Together:
    """Several who watch a dispatcher, told in this order."""

    def __init__(self, *observers: DispatchObserver) -> None:
        self._observers = observers

    def turned(self) -> None:
        for one in self._observers:
            one.turned()

    def claimed(self, count: int, took: timedelta) -> None:
        for one in self._observers:
            one.claimed(count, took)

    def attempts_ended(self, settled: Sequence[Settled]) -> None:
        for one in self._observers:
            one.attempts_ended(settled)

    def store_failed(self, during: StoreAct) -> None:
        for one in self._observers:
            one.store_failed(during)


class TroubleObserver(Protocol):
    """Somebody who watches what is done about endpoints that fail."""

    def looked(self) -> None:
        """The clock goes on: it looks for what is to be done."""

    def acted(self, act: Act, event_type: str) -> None:
        """It was done, and an event of that type is committed with it."""

    def trouble_store_failed(self) -> None:
        """The store did not take a note, or did not let the clock act; it will be asked again."""


class Unobserved:
    """Nobody watches."""

    def turned(self) -> None: ...

    def claimed(self, count: int, took: timedelta) -> None: ...

    def attempts_ended(self, settled: Sequence[Settled]) -> None: ...

    def store_failed(self, during: StoreAct) -> None: ...

    def looked(self) -> None: ...

    def acted(self, act: Act, event_type: str) -> None: ...

    def trouble_store_failed(self) -> None: ...


class RetentionObserver(Protocol):
    """Somebody who watches the keeper."""

    def turned(self) -> None:
        """The keeper goes on: at every step, and at least every `keeper.LONGEST_PAUSE` while it waits."""

    def expired(self, what: Kept, count: int) -> None:
        """So many rows of a class went, or lost what was to go."""

    def store_failed(self) -> None:
        """The store did not let the keeper do its work; it will be asked again."""


class NobodyWatches:
    """Nobody watches the keeper."""

    def turned(self) -> None: ...

    def expired(self, what: Kept, count: int) -> None: ...

    def store_failed(self) -> None: ...

"""What journeys ask of whoever traces: under which trace a journey moves, and to whom it is told that it has.

In: the trace that a journey was begun under. Out: W3C `traceparent` lines, which the store keeps with the events. `app`
fulfils it; by default nobody traces, and a journey goes on with what it has.
"""

from collections.abc import Sequence
from typing import Protocol

from dastak.journeys.happening import SealedEvent


class JourneyTracer(Protocol):
    """Somebody who traces. Calls come on the event loop; they must not block or raise."""

    def under(self, begun_under: str) -> str:
        """The `traceparent` of what is being done now for a journey that was begun under that one; empty for none."""

    def committed(self, events: Sequence[SealedEvent], under: str) -> None:
        """These events, and what is owed of them, are committed."""


class Untraced:
    """Nobody traces."""

    def under(self, begun_under: str) -> str:
        return begun_under

    def committed(self, events: Sequence[SealedEvent], under: str) -> None: ...

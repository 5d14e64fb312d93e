"""When a loop last went round.

In: a beat at every turn. Out: whether the loop still turns, for `/readyz`, and when it last did, for the metrics.
"""

import time
from collections.abc import Callable
from datetime import timedelta


class Pulse:
    """One loop's heartbeat."""

    def __init__(
        self,
        name: str,
        at_most: timedelta,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Watch a loop that has not begun; longer than `at_most` between two turns and it counts as stuck."""
        self.name = name
        self.at_most = at_most
        self.last_turn = 0.0
        """Unix seconds; 0 before the first turn."""
        self._monotonic = monotonic
        self._wall = wall
        self._beat_at: float | None = None

    def beat(self) -> None:
        """The loop goes round."""
        self._beat_at = self._monotonic()
        self.last_turn = self._wall()

    def fault(self) -> str:
        """Empty while the loop turns; else one plain sentence."""
        if self._beat_at is None:
            return "it has not begun"
        age = self._monotonic() - self._beat_at
        if age > self.at_most.total_seconds():
            return f"its last turn was {age:.0f} s ago, it should turn every {self.at_most.total_seconds():.0f} s"
        return ""

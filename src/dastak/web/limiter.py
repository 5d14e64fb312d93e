"""How often somebody may do something: fixed windows in memory.

In: a bucket ("otp", "api_operation") and a key (an address, a merchant). Out: allowed, or how long to wait. API and
hosted pages share it. It forgets what is over, so guessing from many addresses cannot fill the memory.
"""

import heapq
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

MOST_KEYS = 100_000
"""Beyond this many live windows the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many in so long; 0 means no limit."""

    count: int
    per: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """How a window stands after a call was counted."""

    limit: int
    remaining: int
    reset_seconds: int
    allowed: bool


class WindowLimiter:
    """Counts calls in fixed windows, each bucket with its own rate."""

    def __init__(
        self,
        rates: Mapping[str, Rate],
        monotonic: Callable[[], float],
        refused: Callable[[str], None] = lambda _bucket: None,
    ) -> None:
        """Start with empty windows; `refused` is told the bucket of every use that was one too many."""
        self._rates = rates
        self._refused = refused
        self._monotonic = monotonic
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}

    def count(self, bucket: str, key: str) -> Usage | None:
        """Count one call; None when the bucket has no limit."""
        rate = self._rates[bucket]
        if rate.count == 0:
            return None
        now, seconds = self._monotonic(), rate.per.total_seconds()
        began, used = self._windows.get((bucket, key), (now, 0))
        if now - began >= seconds:
            began, used = now, 0
        if (bucket, key) not in self._windows:
            self._make_room(now)
        self._windows[bucket, key] = (began, used + 1)
        reset = max(1, math.ceil(began + seconds - now))
        if used >= rate.count:
            self._refused(bucket)
        return Usage(rate.count, max(0, rate.count - used - 1), reset, allowed=used < rate.count)

    def allow(self, bucket: str, key: str) -> timedelta | None:
        """None when allowed, else how long to wait."""
        usage = self.count(bucket, key)
        return None if usage is None or usage.allowed else timedelta(seconds=usage.reset_seconds)

    def _make_room(self, now: float) -> None:
        if len(self._windows) < MOST_KEYS:
            return
        over = [
            (bucket, key)
            for (bucket, key), (began, _) in self._windows.items()
            if now - began >= self._rates[bucket].per.total_seconds()
        ]
        for window in over or heapq.nsmallest(MOST_KEYS // 10, self._windows, key=self._used):
            del self._windows[window]

    def _used(self, window: tuple[str, str]) -> int:
        """Who has called least is forgotten first, so that nobody can push out their own count."""
        return self._windows[window][1]

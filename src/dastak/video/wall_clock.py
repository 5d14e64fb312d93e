"""The time of day, in steps that never go back: read once, then counted.

In: readings of the monotonic clock. Out: microseconds since 1970, and instants. A clock that is set during a call does
not tear its recording.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class WallClock:
    """Begun at one moment, true to it ever after."""

    began: datetime
    monotonic: float
    """Seconds, of `time.monotonic`, when it was begun."""

    @classmethod
    def started(cls) -> "WallClock":
        """Begun now."""
        return cls(datetime.now(UTC), time.monotonic())

    def at(self, monotonic: float) -> datetime:
        """The instant of this reading."""
        return self.began + timedelta(seconds=monotonic - self.monotonic)

    def microseconds(self, monotonic: float) -> int:
        """The same, since 1970."""
        return round(self.began.timestamp() * 1e6 + (monotonic - self.monotonic) * 1e6)

"""How a dispatcher saw an endpoint's breaker, for other processes: true for a moment, then it says nothing any more.

In: `breaker_noter` makes notes. Out: the store keeps the newest of each endpoint, the dashboard reads them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dastak.webhooks.breaker import BreakerState

EVERY = timedelta(seconds=5)
"""So often it is renewed as long as the breaker is not closed."""

HOLDS = EVERY * 6
"""How long a note says something: enough for a slow store, and for clocks that differ a little."""


@dataclass(frozen=True, slots=True)
class BreakerNote:
    """One endpoint's breaker at one moment."""

    merchant_id: str
    endpoint_id: str
    state: BreakerState
    open_until: datetime | None
    """When an open one lets a probe through."""
    noted_at: datetime

    def holds_at(self, now: datetime) -> bool:
        """Whether it still says something."""
        return now - self.noted_at < HOLDS

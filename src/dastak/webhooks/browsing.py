"""Looking through the log of deliveries as a person does: newest first, narrowed, page by page.

In: what somebody looks for, and where the last page ended. Out: rows, and how far was looked for them. The dashboard
asks; the store fulfils `DeliveryBrowser`. `log` has what programs read, oldest first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.log import DeliveryRow

SCANNED = 20_000
"""Rows of the log that one page looks at, whether they fit or not: so a page's time does not grow with the log."""

SCATTERED = 10
"""Rows that lie far apart, such as those that were given up, cost so many times as much to look at."""

FEW = 2_000
"""Up to so many pending deliveries are fetched by themselves; more than that are found in the log."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which deliveries; None means any."""

    endpoint_id: str | None = None
    event_type: str | None = None
    state: DeliveryState | None = None
    event_id: str | None = None
    journey_id: str | None = None
    verification_id: str | None = None
    since: datetime | None = None
    """When the event happened, this instant included."""
    until: datetime | None = None
    """This instant excluded."""

    @property
    def is_of_few(self) -> bool:
        """Whether it names one event or one journey: all of its deliveries are found at once."""
        return any(one is not None for one in (self.event_id, self.journey_id, self.verification_id))

    @property
    def is_found_by_index(self) -> bool:
        """Whether rows fit by where they lie, so that none is looked at in vain: any, of an endpoint, or given up."""
        conditions = (self.endpoint_id, self.state, self.event_type, self.since, self.until)
        given = [one for one in conditions if one is not None]
        return not given or given in ([self.endpoint_id], [DeliveryState.GIVEN_UP])

    def scan(self, limit: int, scan: int) -> int:
        """How many rows to look at for a page of so many, if `scan` may be looked at where they lie together."""
        if self.is_found_by_index:
            return limit
        return max(limit, scan // SCATTERED) if self.state is DeliveryState.GIVEN_UP else scan


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some of the deliveries that fit, newest first."""

    rows: Sequence[DeliveryRow]
    reached: int
    """Everything that fits and lies at this position or after it was in this page or in one before it."""
    is_last: bool
    """Nothing that was there when it was read lies before `reached`."""


class DeliveryBrowser(Protocol):
    """The log from its newest end."""

    async def page(self, merchant_id: str, sought: Sought, before: int | None, limit: int, scan: int) -> LogPage:
        """At most `limit` deliveries that fit and lie before that position (None: the newest), newest first.

        Looks at about `scan` rows of the log at most, so the page can be short, or empty, and not the last.
        """

    async def named(self, merchant_id: str, delivery_ids: Collection[str]) -> Sequence[DeliveryRow]:
        """Those of the deliveries that are the merchant's, newest first."""

    async def bounds(self, merchant_id: str, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """Positions between which all lies that happened from `since` to before `until`; both themselves excluded.

        Little else lies there. Without a time: 0, and a position beyond every other.
        """

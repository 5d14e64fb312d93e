"""How long what is finished is kept, class by class, and what the keeper needs from the store.

In: settings and the time. Out: which classes have something to lose now, and what is too old. `keeper` acts on it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol


class Kept(StrEnum):
    """What goes together. In the order in which a sweep goes through them."""

    EXCHANGES = "exchanges"
    """Headers and answer's body of attempts, by when the attempt ended."""
    DELIVERIES = "deliveries"
    """Finished deliveries with their attempts, by when they finished."""
    BODIES = "bodies"
    """Bodies of events, by when they happened; not while a delivery is pending."""
    EVENTS = "events"
    """Rows of events, by when they happened; not while one of their deliveries is kept."""
    NOTICES = "notices"
    """Finished notices to customers, by when they finished."""
    HOURS = "hours"
    """Counts of attempts by endpoint and hour, by the hour."""


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that each class is kept; 0: for ever."""

    exchanges: int = 30
    deliveries: int = 90
    bodies: int = 0
    events: int = 0
    notices: int = 30
    hours: int = 31
    """No setting: they are small, and nobody's."""


@dataclass(frozen=True, slots=True)
class CutOff:
    """Of this class, what is older than this may go."""

    what: Kept
    before: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """What one step of the store came to."""

    count: int
    """Rows that went, or lost what was to go."""
    more: bool
    """Whether there may be more to do."""


class Expiring(Protocol):
    """The keeper's side of the store. What is still owed is never touched, whatever its age."""

    async def prepare(self, now: datetime) -> None:
        """Make room for the days to come, where a store keeps days apart."""

    async def expire(self, what: Kept, before: datetime, at_most: int) -> Expired:
        """Look at the next `at_most` rows of a class, in one short transaction, and let go of those that are too old.

        A later call goes on where the last one stopped, and begins anew after `more` was False. `before` is a midnight
        of UTC. Any number of processes may do it at once.
        """


def cut_offs(retention: Retention, now: datetime) -> list[CutOff]:
    """What may go now: whole days of UTC, so something is kept for the days of its class and the rest of a day."""
    days = {
        Kept.EXCHANGES: retention.exchanges,
        Kept.DELIVERIES: retention.deliveries,
        Kept.BODIES: retention.bodies,
        Kept.EVENTS: retention.events,
        Kept.NOTICES: retention.notices,
        Kept.HOURS: retention.hours,
    }
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return [CutOff(what, today - timedelta(days=kept)) for what, kept in days.items() if kept]

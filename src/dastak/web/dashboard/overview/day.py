"""The day that the overview is about: today, or one that was asked for, in the merchant's zone. Pure.

In: what the address says, the time, the zone. Out: the day with its instants.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

ONE_DAY = timedelta(days=1)
EARLIEST = date(2020, 1, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a calendar, from its first instant to before the next day's."""

    date: date
    start: datetime
    end: datetime
    is_today: bool

    @property
    def before(self) -> str:
        """The day before, as an address has it."""
        return (self.date - ONE_DAY).isoformat()

    @property
    def after(self) -> str:
        """The day after; empty for today, which has none."""
        return "" if self.is_today else (self.date + ONE_DAY).isoformat()

    @property
    def words(self) -> str:
        """`today`, or `on 5 Jan 2026`."""
        return "today" if self.is_today else f"on {self.date.day} {self.date:%b %Y}"


def day_of(asked: str, now: datetime, zone: tzinfo) -> Day:
    """The day that was asked for; today for what is no day, lies ahead, or is before all data."""
    today = now.astimezone(zone).date()
    try:
        wanted = date.fromisoformat(asked)
    except ValueError:
        wanted = today
    if not EARLIEST <= wanted <= today:
        wanted = today
    return Day(wanted, first_instant(wanted, zone), first_instant(wanted + ONE_DAY, zone), wanted == today)


def first_instant(day: date, zone: tzinfo) -> datetime:
    """When that day begins there, in UTC."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)

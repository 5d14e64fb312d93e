"""Days that somebody chose in a form, as a span of time in the merchant's zone.

In: two texts as `<input type="date">` sends them. Out: instants; what cannot be read is left out.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Days:
    """From the beginning of one day to the end of another."""

    since: datetime | None = None
    until: datetime | None = None
    """Without it."""


def days(first: str, last: str, zone: tzinfo) -> Days:
    """Both ends; either may be empty."""
    begin, end = _day(first), _day(last)
    return Days(
        None if begin is None else datetime.combine(begin, time(0), zone),
        None if end is None else datetime.combine(end + timedelta(days=1), time(0), zone),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1970, 1, 2) <= day < date(9999, 1, 1) else None

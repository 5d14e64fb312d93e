"""When a link ends. `link_expiry` is a date in India, usable to the end of that day (contract.md §7 rulings 10-13)."""

from datetime import UTC, date, datetime, time, timedelta, timezone

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
"""Asia/Kolkata has had one offset and no summer time since 1945, so a fixed offset needs no zone database."""

LONGEST_LIFE = timedelta(days=30)


def today_in_india(now: datetime) -> date:
    """The date on a calendar in India at that instant."""
    return now.astimezone(INDIA).date()


def default_expiry(now: datetime) -> date:
    """The last day of a link whose merchant named none."""
    return today_in_india(now) + LONGEST_LIFE


def is_allowed_expiry(expiry: date, now: datetime) -> bool:
    """From today to thirty days on, both included."""
    today = today_in_india(now)
    return today <= expiry <= today + LONGEST_LIFE


def end_of(expiry: date) -> datetime:
    """The first instant (UTC) at which a link with this last day no longer works."""
    return datetime.combine(expiry + timedelta(days=1), time(0), tzinfo=INDIA).astimezone(UTC)

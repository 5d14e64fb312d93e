"""When agents take calls, and which slots a customer can therefore choose. Pure.

In: every agent's weekly windows and days off, what is booked, the time. Out: quarter hours, each with how many agents
there are for it. All of it in Indian time; the API and the console set windows, the customer's scheduling page reads.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import chain

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
"""Asia/Kolkata has had one offset and no summer time since 1945, so a fixed offset needs no zone database."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As `date.weekday` counts them."""

SLOT = timedelta(minutes=15)
SLOT_MINUTES = 15
DAY_MINUTES = 24 * 60
MOST_WINDOWS = 28
MOST_DAYS_OFF = 366
MOST_DAYS = 60
"""As far as slots are looked for."""


class BadAvailability(ValueError):  # noqa: N818 - the name says what happened
    """Windows that cannot be; the message says why, to whoever sent them."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A part of one weekday, in minutes from its midnight; the end is no longer within."""

    weekday: int
    from_minute: int
    to_minute: int


@dataclass(frozen=True, slots=True)
class Availability:
    """One agent's week, and the dates on which it does not count."""

    windows: tuple[Window, ...] = ()
    days_off: tuple[date, ...] = ()

    def quarters(self, weekday: int) -> set[int]:
        """The quarter hours, by their number from midnight on, that lie within a window of that weekday."""
        return {
            quarter
            for one in self.windows
            if one.weekday == weekday
            for quarter in range(-(-one.from_minute // SLOT_MINUTES), one.to_minute // SLOT_MINUTES)
        }


@dataclass(frozen=True, slots=True)
class Slot:
    """A quarter of an hour that at least one agent works in."""

    starts_at: datetime
    """UTC."""
    agents: int
    booked: int

    @property
    def left(self) -> int:
        """How many more customers it takes."""
        return max(0, self.agents - self.booked)


def availability(windows: Iterable[Window], days_off: Iterable[date]) -> Availability:
    """The same in order, with windows that touch or overlap made one. Raises `BadAvailability`."""
    days = tuple(sorted(set(days_off)))
    if len(days) > MOST_DAYS_OFF:
        raise BadAvailability(f"it may have at most {MOST_DAYS_OFF} dates.")
    merged: list[Window] = []
    for one in sorted(windows):
        if not 0 <= one.weekday < len(WEEKDAYS) or not 0 <= one.from_minute < one.to_minute <= DAY_MINUTES:
            raise BadAvailability("a window must end after it begins, on the same day.")
        last = merged[-1] if merged else None
        if last is not None and last.weekday == one.weekday and one.from_minute <= last.to_minute:
            merged[-1] = Window(last.weekday, last.from_minute, max(last.to_minute, one.to_minute))
        else:
            merged.append(one)
    if len(merged) > MOST_WINDOWS:
        raise BadAvailability(f"it may have at most {MOST_WINDOWS} windows.")
    return Availability(tuple(merged), days)


def slots(agents: Sequence[Availability], booked: Iterable[datetime], now: datetime, days: int) -> list[Slot]:
    """Every quarter hour from now on, today and on the following days, `days` in all, in which an agent works.

    Full ones are among them, with nothing left: a page may show them, and choosing one is refused by whoever books.

    Args:
        agents: of every agent who takes calls.
        booked: when the meetings that were scheduled begin.
        now: aware.
        days: 1 is the rest of today, in India.
    """
    taken = Counter(slot_of(at) for at in booked)
    usual = [_together(agents, weekday) for weekday in range(len(WEEKDAYS))]
    off = defaultdict(list)
    for one in agents:
        for day in one.days_off:
            off[day].append(one)
    today = now.astimezone(INDIA).date()
    found = []
    for day in (today + timedelta(days=ahead) for ahead in range(min(days, MOST_DAYS))):
        midnight = datetime.combine(day, time(0), tzinfo=INDIA).astimezone(UTC)
        there = usual[day.weekday()]
        if day in off:
            there = there - _together(off[day], day.weekday())
        for quarter in sorted(there):
            starts_at = midnight + quarter * SLOT
            if starts_at >= now:
                found.append(Slot(starts_at, there[quarter], taken[starts_at]))
    return found


def _together(agents: Iterable[Availability], weekday: int) -> Counter[int]:
    """How many of them are there in each quarter hour of that weekday; those with nobody are left out."""
    return Counter(chain.from_iterable(one.quarters(weekday) for one in agents))


def slot_of(at: datetime) -> datetime:
    """The beginning (UTC) of the slot that this instant lies in; quarter hours are the same in India and in UTC."""
    there = at.astimezone(UTC)
    return there.replace(minute=there.minute - there.minute % SLOT_MINUTES, second=0, microsecond=0)


def minute_of(text: str) -> int | None:
    """`09:30` → 570, `24:00` → the end of the day; None for anything else."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(text) == len("00:00") and hours.isascii() and minutes.isascii()):
        return None
    if not (hours.isdecimal() and minutes.isdecimal()) or int(minutes) >= 60:  # noqa: PLR2004 - minutes of an hour
        return None
    found = int(hours) * 60 + int(minutes)
    return found if found <= DAY_MINUTES else None


def clock_of(minute: int) -> str:
    """570 → `09:30`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"

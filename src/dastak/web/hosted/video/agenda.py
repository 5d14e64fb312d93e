"""The slots that can be booked, as a customer looks through them: one day at a time, on the calendar in India. Pure.

In: open slots, the day that was asked for. Out: the days that have any, and the slots of one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dastak.journeys.calendar import INDIA
from dastak.journeys.video_kyc.agenda import OpenSlot
from dastak.web.hosted.video.words import day_text, time_text


@dataclass(frozen=True, slots=True)
class Day:
    """One day in the list of days."""

    iso: str
    label: str
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """One slot that can be tapped."""

    value: str
    """As the form sends it back."""
    label: str


@dataclass(frozen=True, slots=True)
class PartOfDay:
    """Morning, afternoon or evening, so that nobody reads through a whole day."""

    label: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Agenda:
    """What the page shows."""

    days: tuple[Day, ...]
    """The shown day and those around it."""
    shown: str
    """The shown day in words; empty when nothing can be booked."""
    parts: tuple[PartOfDay, ...]
    earlier: str = ""
    """A day before all of them; empty when there is none. So the next one, after them."""
    later: str = ""


DAYS_AT_ONCE = 7

_PARTS = (("Morning", 0, 12), ("Afternoon", 12, 17), ("Evening", 17, 24))


def agenda(slots: Sequence[OpenSlot], wanted: str = "") -> Agenda:
    """The days with open slots, and those of the wanted day; of the first one if that has none."""
    by_day: dict[date, list[datetime]] = {}
    for slot in slots:
        by_day.setdefault(slot.at.astimezone(INDIA).date(), []).append(slot.at)
    if not by_day:
        return Agenda((), "", ())
    named = {day.isoformat(): day for day in by_day}
    names = tuple(named)
    shown = wanted if wanted in named else names[0]
    first = names.index(shown) // DAYS_AT_ONCE * DAYS_AT_ONCE
    end = first + DAYS_AT_ONCE
    return Agenda(
        days=tuple(Day(name, _short(named[name]), name == shown) for name in names[first:end]),
        shown=day_text(by_day[named[shown]][0]),
        parts=_parts(by_day[named[shown]]),
        earlier=names[first - 1] if first else "",
        later=names[end] if end < len(names) else "",
    )


def slot_of(value: str) -> datetime | None:
    """The instant that a form sent back; None for anything else."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _short(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"


def _parts(times: Sequence[datetime]) -> tuple[PartOfDay, ...]:
    found = []
    for label, first, end in _PARTS:
        offers = tuple(Offer(at.isoformat(), time_text(at)) for at in times if first <= at.astimezone(INDIA).hour < end)
        if offers:
            found.append(PartOfDay(label, offers))
    return tuple(found)

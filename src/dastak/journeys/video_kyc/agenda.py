"""Which slots a customer can book: quarters of an hour in which an agent works and has no booking yet. Pure.

In: the agents' shifts, the bookings, a span of time. Out: slots with a place left, in order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dastak.journeys.video_kyc.clock import SLOT
from dastak.journeys.video_kyc.ports import Shift

LONGEST_SPAN = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class OpenSlot:
    """A slot that can be booked."""

    at: datetime
    places_left: int


def places_at(shifts: Sequence[Shift], at: datetime) -> int:
    """How many agents work through the whole slot that begins then."""
    return sum(shift.agents for shift in shifts if shift.start <= at and at + SLOT <= shift.end)


def open_slots(
    shifts: Sequence[Shift], booked: Mapping[datetime, int], start: datetime, end: datetime
) -> tuple[OpenSlot, ...]:
    """The slots that begin after `start` and are over by `end`, with at least one place."""
    first, end = first_slot_after(start), min(end, start + LONGEST_SPAN)
    places: Counter[datetime] = Counter()
    for shift in shifts:
        at = max(first, slot_from(shift.start))
        while at + SLOT <= min(end, shift.end):
            places[at] += shift.agents
            at += SLOT
    left = ((at, there - booked.get(at, 0)) for at, there in sorted(places.items()))
    return tuple(OpenSlot(at, number) for at, number in left if number > 0)


def first_slot_after(instant: datetime) -> datetime:
    """The first quarter of an hour after that instant."""
    length = int(SLOT.total_seconds())
    return datetime.fromtimestamp((int(instant.timestamp()) // length + 1) * length, UTC)


def slot_from(instant: datetime) -> datetime:
    """The quarter of an hour that begins then, or the first one after."""
    return first_slot_after(instant - timedelta(microseconds=1))

"""Booking a slot of a Video KYC by hand: the days that have free slots, and the slots of one.

In: a visit with `?day=`, or the posted slot. Out: the page, or a redirect to the case.
"""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.journeys.errors import JourneyError
from dastak.journeys.video_kyc.agenda import OpenSlot
from dastak.journeys.video_kyc.errors import SlotUnavailable
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys.refused import words_of
from dastak.web.dashboard.journeys.room import CASES, JourneysRoom, tabs
from dastak.web.dashboard.moment import exact, spoken
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form


async def show_schedule(room: JourneysRoom, door: Door, visit: Visit) -> Response:
    """The page."""
    return await _page(room, door, visit, ())


async def book(room: JourneysRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Book the slot, in place of the one before."""
    case = await room.case(visit)
    try:
        at = _instant(form.get("at", ""))
        with door.noting(visit.member, Deed.JOURNEY_BOOKED, slot=exact(at)):
            await room.cases.schedule(visit.merchant_id, case.verification_id, at)
    except JourneyError as error:
        return await _page(room, door, visit, (("at", words_of(error)),))
    return door.go(f"{CASES}/{case.id}?said=booked")


def by_day(slots: Iterable[OpenSlot], zone: tzinfo) -> dict[str, list[OpenSlot]]:
    """Day in that zone, as `2026-01-26` → its slots, in order."""
    days: dict[str, list[OpenSlot]] = {}
    for slot in slots:
        days.setdefault(slot.at.astimezone(zone).date().isoformat(), []).append(slot)
    return days


async def _page(room: JourneysRoom, door: Door, visit: Visit, mistakes: tuple[tuple[str, str], ...]) -> Response:
    case = await room.case(visit)
    days = by_day(await room.cases.slots(visit.merchant_id, case.verification_id), visit.zone)
    asked = visit.request.query_params.get("day", "")
    day = asked if asked in days else next(iter(days), "")
    return show(
        door,
        visit,
        "journeys/schedule",
        422 if mistakes else 200,
        tabs=tabs(CASES),
        href=f"{CASES}/{case.id}",
        case=case,
        days=[(name, spoken(slots[0].at, visit.zone, "day"), len(slots), name == day) for name, slots in days.items()],
        slots=[
            (slot.at.isoformat(), f"{slot.at.astimezone(visit.zone):%H:%M}", slot.places_left)
            for slot in days.get(day, ())
        ],
        mistakes=mistakes,
    )


def _instant(text: str) -> datetime:
    """The slot that was chosen; raises `SlotUnavailable` for what none is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 2000 <= at.year <= 9000:  # noqa: PLR2004 - reckonable in every zone
        raise SlotUnavailable("no slot begins then")
    return at

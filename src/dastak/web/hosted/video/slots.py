"""A time for the call: choose, change, give back, put into one's own calendar.

In: a confirmed customer, two forms. Out: pages, redirects, a calendar file.
"""

from starlette.responses import Response

from dastak.journeys.video_kyc.clock import COME_EARLY, REMIND_BEFORE, SLOT, is_in_slot
from dastak.journeys.video_kyc.errors import SlotUnavailable
from dastak.web.form import Form
from dastak.web.hosted.door import Door
from dastak.web.hosted.headers import PAGE_HEADERS
from dastak.web.hosted.video.agenda import agenda, slot_of
from dastak.web.hosted.video.calendar_file import calendar_file
from dastak.web.hosted.video.inside import Inside, inside
from dastak.web.hosted.video.place import Page
from dastak.web.hosted.video.words import day_text, reminder_text, slot_text, time_text
from dastak.web.hosted.view import Notice
from dastak.web.hosted.visit import Visit

TAKEN = Notice("bad", "That time was just taken, or has passed. Choose another one.")


async def show_slots(at: Inside, notice: Notice | None = None) -> Response:
    """The times of one day, and the days that have any."""
    offered = agenda(await at.ports.desk.slots(at.visit.code), at.visit.request.query_params.get("day", ""))
    schedule = at.case.schedule
    return at.show(
        Page.SLOTS,
        409 if notice else 200,
        agenda=offered,
        booked=slot_text(schedule.at) if schedule else "",
        notice=notice,
    )


async def book(at: Inside, form: Form) -> Response:
    """Book the slot that was tapped, in place of the one before."""
    slot = slot_of(form.get("at", ""))
    if slot is None:
        return await show_slots(at, TAKEN)
    at.door.spend("booking", f"link:{at.visit.code}")  # each one is an event, a mail and an SMS
    try:
        await at.ports.desk.book(at.visit.code, slot)
    except SlotUnavailable:
        return await show_slots(at, TAKEN)
    return at.back()


async def give_back(at: Inside, form: Form) -> Response:
    """Give the slot back."""
    del form
    await at.ports.desk.give_back(at.visit.code)
    return at.back()


async def show_booked(at: Inside) -> Response:
    """The booked slot, and what to do until then; from ten minutes before it, the way in."""
    schedule = at.case.schedule
    assert schedule is not None, "the page of a booking is shown while there is one"  # noqa: S101
    opens_at = schedule.at - COME_EARLY
    return at.show(
        Page.BOOKED,
        day=day_text(schedule.at),
        time=time_text(schedule.at),
        end=time_text(schedule.at + SLOT),
        opens=time_text(opens_at),
        is_time=is_in_slot(schedule, at.visit.now),
        seconds=max(0, int((opens_at - at.visit.now).total_seconds()) + 1),
        reminder=reminder_text(at.case),
    )


async def calendar(door: Door, visit: Visit) -> Response:
    """The booking as a file that calendars read."""
    if visit.session is None or not visit.session.confirmed:
        return door.go(visit.path)
    at = await inside(door, visit, visit.session)
    case = at.case
    if case.schedule is None:
        return at.back()
    text = calendar_file(
        uid=f"{case.id}@{visit.request.url.hostname}",
        sequence=case.sequence,
        now=visit.now,
        at=case.schedule.at,
        length=SLOT,
        remind_before=REMIND_BEFORE,
        title=f"Video KYC with {at.face.name}",
        text=f"Open this link then, and have your PAN card with you:\n{case.vkyc_link}",
        url=case.vkyc_link,
    )
    headers = {**PAGE_HEADERS, "content-disposition": 'attachment; filename="video-kyc.ics"'}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)

"""The queue: in, how long, out again.

In: a confirmed customer, two forms. Out: the page with place and wait, which `live` keeps true; or a redirect.
"""

from starlette.responses import Response

from dastak.journeys.video_kyc.before_call import missing_for_call
from dastak.journeys.video_kyc.clock import is_in_slot
from dastak.web.form import Form
from dastak.web.hosted.video.inside import Inside
from dastak.web.hosted.video.place import Page, Wish, place
from dastak.web.hosted.video.words import news_text, place_text, slot_text, wait_text
from dastak.web.hosted.view import Notice


async def show_join(at: Inside) -> Response:
    """The pages before the checks and before the queue; after a dropped call, the way back into it."""
    now, schedule = at.visit.now, at.case.schedule
    page = place(at.case, now, at.visit.request.query_params.get("step", ""))
    is_early = schedule is not None and not is_in_slot(schedule, now)
    news = news_text(at.case)
    return at.show(
        page,
        notice=Notice("note", news) if news else None,
        is_ready=not missing_for_call(at.case, now),
        given_back=slot_text(schedule.at) if schedule and is_early else "",
    )


async def join_queue(at: Inside, form: Form) -> Response:
    """Wait for an agent."""
    del form
    at.door.spend("queue", f"link:{at.visit.code}")  # each time is an event
    await at.ports.desk.join_queue(at.visit.code)
    return at.back()


async def leave_queue(at: Inside, form: Form) -> Response:
    """Wait no longer: to do something else, or to choose a time instead."""
    await at.ports.desk.leave_queue(at.visit.code)
    return at.back(Wish.SCHEDULE if form.get("then") == Wish.SCHEDULE else None)


async def show_queue(at: Inside) -> Response:
    """Place and wait as they are now."""
    standing = await at.ports.desk.standing(at.visit.code)
    if standing is None:  # an agent was first, just now
        return at.back()
    return at.show(Page.QUEUE, place=place_text(standing), wait=wait_text(standing))

"""What can be asked and posted below the link of a Video KYC.

In: the door. Out: its forms, by address; and the routes that open pages use.
"""

from collections.abc import Mapping

from starlette.routing import Route

from dastak.web.hosted.door import Door, FormAct, page
from dastak.web.hosted.video.call import PHOTO_LIMIT, beat, end_call, join_call, leave_page, take_photo
from dastak.web.hosted.video.checks import check_ip, probe, report_device, report_location
from dastak.web.hosted.video.inside import case_form
from dastak.web.hosted.video.live import live
from dastak.web.hosted.video.queue import join_queue, leave_queue
from dastak.web.hosted.video.slots import book, calendar, give_back
from dastak.web.hosted.video.steps import give_consent, give_details
from dastak.web.hosted.video.watching import Watching
from dastak.web.hosted.video.wire import called, pictured
from dastak.web.newest import Newest

CASE_FORMS: Mapping[str, FormAct] = {
    "consent": case_form(give_consent),
    "details": case_form(give_details),
    "slot": case_form(book),
    "slot/back": case_form(give_back),
    "queue": case_form(join_queue),
    "queue/leave": case_form(leave_queue),
    "call/end": case_form(end_call),
}
"""Forms that only a Video KYC has; those for phone and Aadhaar are shared."""


def case_routes(door: Door, base: str) -> list[Route]:
    """What the pages' scripts ask, and the calendar file."""
    newest, watching = Newest(), Watching()
    calls = {
        "checks/ip": called(door, check_ip),
        "checks/location": called(door, report_location),
        "checks/device": called(door, report_device),
        "call/join": called(door, join_call(newest)),
        "call/beat": called(door, beat(newest)),
        "call/leave": called(door, leave_page(newest)),
        "call/photo": pictured(door, take_photo, PHOTO_LIMIT),
    }
    return [
        *(Route(f"{base}/{name}", endpoint, methods=["POST"]) for name, endpoint in calls.items()),
        Route(f"{base}/checks/probe", probe(door), methods=["GET", "POST"]),
        Route(f"{base}/live", live(door, watching)),
        Route(f"{base}/calendar.ics", page(door, calendar)),
    ]

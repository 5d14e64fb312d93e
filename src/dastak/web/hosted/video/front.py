"""GET of a Video KYC's link: lets the customer in, and shows the page that the case deserves.

In: a visit and its case. Out: the page of `place`, or the way in: phone code, or the token of the merchant's app.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import Response

from dastak.journeys.video_kyc.errors import CaseClosed, TokenRefused
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.hosted.door import Door, Found
from dastak.web.hosted.face import Face
from dastak.web.hosted.outside import show_outside
from dastak.web.hosted.session import new_session
from dastak.web.hosted.video.aadhaar import show_aadhaar, show_aadhaar_otp
from dastak.web.hosted.video.call import show_call
from dastak.web.hosted.video.checks import show_checks, show_failure
from dastak.web.hosted.video.inside import Inside, video_ports
from dastak.web.hosted.video.place import CLOSED, Page, place
from dastak.web.hosted.video.queue import show_join, show_queue
from dastak.web.hosted.video.slots import show_booked, show_slots
from dastak.web.hosted.video.steps import show_consent, show_details
from dastak.web.hosted.video.words import TAKES, needs_of
from dastak.web.hosted.visit import Visit

Shower = Callable[[Inside], Awaitable[Response]]

SHOWERS: Mapping[Page, Shower] = {
    Page.CONSENT: show_consent,
    Page.DETAILS: show_details,
    Page.AADHAAR: show_aadhaar,
    Page.AADHAAR_OTP: show_aadhaar_otp,
    Page.SLOTS: show_slots,
    Page.BOOKED: show_booked,
    Page.CHECKS: show_checks,
    Page.CHECK_FAILED: show_failure,
    Page.READY: show_join,
    Page.JOIN: show_join,
    Page.REJOIN: show_join,
    Page.QUEUE: show_queue,
    Page.CALL: show_call,
}
"""Pages that need more than the case's progress and the merchant's name."""


async def show_case(door: Door, visit: Visit, found: Found, case: VideoKyc) -> Response:
    """The page that the case deserves now."""
    token = visit.request.query_params.get("token")
    if token is not None:
        return await _enter(door, visit, token)
    page = place(case, visit.now, visit.request.query_params.get("step", ""))
    if page in CLOSED:
        return _show_closed(door, visit, case, page, found.face)
    session = visit.session
    if session is None or not session.confirmed:
        return show_outside(door, visit, found, needs_of(case), TAKES)
    at = Inside(door, video_ports(door), visit, session, case, found.face)
    shower = SHOWERS.get(page)
    return at.show(page) if shower is None else await shower(at)


def _show_closed(door: Door, visit: Visit, case: VideoKyc, page: Page, face: Face) -> Response:
    name = case.name if visit.is_confirmed and page is Page.DONE else ""
    return door.show_closed(f"video/{page.value}", 200 if page is Page.DONE else 410, face=face, name=name)


async def _enter(door: Door, visit: Visit, token: str) -> Response:
    """Whom the merchant's app has sent is inside at once; the token does not stay in the address."""
    if visit.is_confirmed:
        return door.go(visit.path)
    try:
        await video_ports(door).desk.enter_with_token(visit.code, token)
    except (TokenRefused, CaseClosed):
        return door.go(f"{visit.path}?ended=1")
    return door.go(visit.path, visit, new_session(visit.now, confirmed=True))

"""GET of a link: the one page that always shows where the customer stands, whichever journey the link is of.

In: a visit. Out: the start, the phone code, the next check, or how it ended; a Video KYC's pages are in `video/`.
"""

from starlette.requests import Request
from starlette.responses import Response

from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.journeys.video_kyc.video_kyc import VideoKyc
from dastak.web.hosted.check_page import show_check
from dastak.web.hosted.door import Door
from dastak.web.hosted.face import Face
from dastak.web.hosted.outside import show_outside
from dastak.web.hosted.session import Session
from dastak.web.hosted.video.front import show_case
from dastak.web.hosted.view import current_check, notice_for, results
from dastak.web.hosted.visit import Visit
from dastak.web.hosted.words import WORDS
from dastak_sdk import FormStatus


async def show_link(door: Door, visit: Visit) -> Response:
    """The page that the link deserves now."""
    found = await door.find(visit.code)
    link, face = found.journey, found.face
    if isinstance(link, VideoKyc):
        return await show_case(door, visit, found, link)
    if link.form_status is FormStatus.EXPIRED:
        return door.show_closed("expired", 410, face=face)
    if link.form_status is FormStatus.SUCCESS:
        return _show_done(door, visit, link, face)
    if visit.session is None or not visit.session.confirmed:
        return show_outside(door, visit, found, [WORDS[check.type] for check in link.checks])
    check = current_check(link, visit.request.query_params.get("check", ""))
    return await _show_inside(door, visit, visit.session, link, face, check)


def _show_done(door: Door, visit: Visit, link: KycLink, face: Face) -> Response:
    kept = results(link) if visit.is_confirmed else ()
    return door.show_closed("done", face=face, results=kept, name=link.name if kept else "")


async def _show_inside(
    door: Door, visit: Visit, session: Session, link: KycLink, face: Face, check: Check | None
) -> Response:
    notice = notice_for(link, face.name, session.just_run, check)
    if check is None:
        return door.show(visit, session, "stuck", face=face, results=results(link), notice=None)
    return await show_check(door, visit, session, link, check, notice=notice)


async def to_link(request: Request) -> Response:
    """GET of a form's own address (someone pressed Enter in the address bar): back to the link, nothing is repeated."""
    code: str = request.path_params["code"]
    return Response(status_code=303, headers={"location": f"/verification/{code}", "cache-control": "no-store"})

"""GET of a link: the one page that always shows where the customer stands.

In: a visit. Out: the start, the phone code, the next check, or how it ended.
"""

from starlette.requests import Request
from starlette.responses import Response

from dastak.journeys.kyc_link.link import Check, KycLink
from dastak.web.hosted.check_page import show_check
from dastak.web.hosted.door import Door
from dastak.web.hosted.phone_otp import show_phone_otp
from dastak.web.hosted.session import Session, new_session
from dastak.web.hosted.view import Notice, current_check, notice_for, results
from dastak.web.hosted.visit import Visit
from dastak.web.hosted.words import WORDS, masked_phone
from dastak_sdk import FormStatus

ENDED = Notice("note", "Your session has ended, or cookies are off in this browser. Ask for a new code to go on.")


async def show_link(door: Door, visit: Visit) -> Response:
    """The page that the link deserves now."""
    link = await door.desk.link(visit.code)
    merchant = await door.desk.merchant_name(link.merchant_id)
    if link.form_status is FormStatus.EXPIRED:
        return door.show_closed("expired", 410, merchant=merchant)
    if link.form_status is FormStatus.SUCCESS:
        return _show_done(door, visit, link, merchant)
    if visit.session is None or not visit.session.confirmed:
        return _show_outside(door, visit, link, merchant)
    check = current_check(link, visit.request.query_params.get("check", ""))
    return await _show_inside(door, visit, visit.session, link, merchant, check)


def _show_done(door: Door, visit: Visit, link: KycLink, merchant: str) -> Response:
    kept = results(link) if visit.is_confirmed else ()
    return door.show_closed("done", merchant=merchant, results=kept, name=link.name if kept else "")


def _show_outside(door: Door, visit: Visit, link: KycLink, merchant: str) -> Response:
    """Before the phone is confirmed: nothing of the customer but the end of the number."""
    session = visit.session or new_session(visit.now)
    ended = "ended" in visit.request.query_params
    if session.otp_sent and not ended:
        return show_phone_otp(door, visit, session, link, merchant)
    return door.show(
        visit,
        session,
        "start",
        merchant=merchant,
        phone=masked_phone(link.phone),
        checks=[WORDS[check.type] for check in link.checks],
        expires=f"{link.link_expiry.day} {link.link_expiry:%B %Y}",
        notice=ENDED if ended else None,
    )


async def _show_inside(
    door: Door, visit: Visit, session: Session, link: KycLink, merchant: str, check: Check | None
) -> Response:
    notice = notice_for(link, merchant, session.just_run, check)
    if check is None:
        return door.show(visit, session, "stuck", merchant=merchant, results=results(link), notice=None)
    return await show_check(door, visit, session, link, check, notice=notice)


async def to_link(request: Request) -> Response:
    """GET of a form's own address (someone pressed Enter in the address bar): back to the link, nothing is repeated."""
    code: str = request.path_params["code"]
    return Response(status_code=303, headers={"location": f"/verification/{code}", "cache-control": "no-store"})

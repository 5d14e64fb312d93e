"""The code on the customer's phone: send it, ask for it, and open a confirmed session when it is right.

In: two forms. Out: the page that asks for the code, or a redirect to the link.
"""

from dataclasses import replace
from datetime import timedelta
from math import ceil

from starlette.responses import Response

from dastak.journeys.errors import OtpRefused, TooSoon
from dastak.journeys.kyc_link.errors import LinkClosed
from dastak.journeys.video_kyc.errors import CaseClosed
from dastak.web.form import Form
from dastak.web.hosted.door import Door, Found
from dastak.web.hosted.form import compact
from dastak.web.hosted.refusal import NO_MORE_CODES
from dastak.web.hosted.session import Session, new_session
from dastak.web.hosted.view import Mistake, Notice, tries_text
from dastak.web.hosted.visit import Visit
from dastak.web.hosted.words import masked_phone
from dastak.web.refusal import Refused

OTP_LENGTH = 6

NOT_SIX_DIGITS = Mistake("otp", "Type the 6 digits from the message.")


def show_phone_otp(
    door: Door,
    visit: Visit,
    session: Session,
    found: Found,
    mistake: Mistake | None = None,
    notice: Notice | None = None,
) -> Response:
    """The page that asks for the code."""
    left = session.resend_at - visit.now if session.resend_at else timedelta(0)
    return door.show(
        visit,
        session,
        "phone_otp",
        422 if mistake else 200,
        face=found.face,
        phone=masked_phone(found.journey.phone),
        wait=max(0, ceil(left.total_seconds())),
        mistakes=[mistake] if mistake else [],
        notice=notice,
    )


async def send_otp(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Send a code. One that was sent a moment ago is still good, so that leads to the same page."""
    del form
    if session.confirmed:
        return door.go(visit.path)
    door.spend("otp", visit.client_ip)
    found = await door.find(visit.code)
    door.spend("phone", found.journey.phone)
    try:
        sent = await found.phones.send_otp(visit.code)
    except TooSoon as early:
        return _to_code(door, visit, session, early.retry_after)
    except (LinkClosed, CaseClosed):
        return door.go(visit.path)
    except OtpRefused:
        raise Refused(NO_MORE_CODES) from None
    named = replace(session, sandbox_otp=(sent.sandbox_otp or "") if door.sandbox else "")
    return _to_code(door, visit, named, sent.resend_after)


def _to_code(door: Door, visit: Visit, session: Session, wait: timedelta) -> Response:
    waiting = replace(session, issued_at=visit.now, otp_sent=True, resend_at=visit.now + wait)
    return door.go(visit.path, visit, waiting)


async def confirm_otp(door: Door, visit: Visit, session: Session, form: Form) -> Response:
    """Let the customer in when the code is right, with a session id that nobody has seen before."""
    if session.confirmed:
        return door.go(visit.path)
    otp = compact(form.get("otp", ""))
    async with door.turns.of(visit.code):
        if door.done.outcome(visit.now, session.id, visit.code, otp) is None:
            refused = await _confirm(door, visit, session, otp)
            if refused is not None:
                return refused
            door.done.note(visit.now, "confirmed", session.id, visit.code, otp)
    return door.go(visit.path, visit, new_session(visit.now, confirmed=True))


async def _confirm(door: Door, visit: Visit, session: Session, otp: str) -> Response | None:
    """None when the code is right."""
    door.spend("otp", visit.client_ip)
    if len(otp) != OTP_LENGTH or not (otp.isascii() and otp.isdecimal()):
        return await _ask_again(door, visit, session, NOT_SIX_DIGITS)
    found = await door.find(visit.code)
    try:
        await found.phones.confirm_otp(visit.code, otp)
    except OtpRefused as refused:
        return await _ask_again(door, visit, session, _mistake(refused))
    except (LinkClosed, CaseClosed):
        return door.go(visit.path)
    return None


async def _ask_again(door: Door, visit: Visit, session: Session, mistake: Mistake) -> Response:
    return show_phone_otp(door, visit, session, await door.find(visit.code), mistake)


def _mistake(refused: OtpRefused) -> Mistake:
    match refused.reason:
        case "wrong":
            return Mistake("otp", f"That is not the code we sent. {tries_text(refused.tries_left)}")
        case "expired":
            return Mistake("otp", "This code is too old. Ask for a new one below.")
        case "locked":
            return Mistake("otp", "Too many wrong codes, so this one no longer works. Ask for a new one below.")
        case "none":
            return Mistake("otp", "No code is waiting. Ask for a new one below.")

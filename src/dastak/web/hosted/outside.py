"""Before the phone is confirmed: what is asked of the customer, and nothing of the customer but the end of the number.

In: a visit and the journey behind its code. Out: the first page, or the one that asks for the code.
"""

from collections.abc import Sequence

from starlette.responses import Response

from dastak.web.hosted.door import Door, Found
from dastak.web.hosted.phone_otp import show_phone_otp
from dastak.web.hosted.session import new_session
from dastak.web.hosted.view import Notice
from dastak.web.hosted.visit import Visit
from dastak.web.hosted.words import Need, masked_phone

ENDED = Notice("note", "Your session has ended, or cookies are off in this browser. Ask for a new code to go on.")


def show_outside(
    door: Door, visit: Visit, found: Found, needs: Sequence[Need], takes: str = "about two minutes"
) -> Response:
    """The start, with what the customer should have at hand and how long it takes; or the field for the code."""
    session = visit.session or new_session(visit.now)
    ended = "ended" in visit.request.query_params
    if session.otp_sent and not ended:
        return show_phone_otp(door, visit, session, found)
    expiry = found.journey.link_expiry
    return door.show(
        visit,
        session,
        "start",
        face=found.face,
        phone=masked_phone(found.journey.phone),
        needs=needs,
        takes=takes,
        expires=f"{expiry.day} {expiry:%B %Y}",
        notice=ENDED if ended else None,
    )

"""One's own sessions: where one is signed in, and how to end it elsewhere.

In: a visit; the id of a session to end. Out: the page, or a redirect to it.
"""

from datetime import datetime

from starlette.responses import Response

from dastak.accounts.availability import INDIA
from dastak.accounts.deed import Deed
from dastak.web.browser_name import device_name
from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.sign_in import sign_out

PATH = "/console/sessions"


async def show_sessions(door: Door, visit: Visit) -> Response:
    """The list, newest first."""
    found = await door.entrance.sessions(visit.operator)
    rows = [
        {
            "id": one.id,
            "device": device_name(one.device),
            "since": clock_words(one.created_at),
            "seen": clock_words(one.seen_at),
            "here": one.id == visit.session.id,
        }
        for one in found
    ]
    return show(door, visit, "sessions", sessions=rows)


async def end_session(door: Door, visit: Visit, form: Form) -> Response:
    """End one; twice is harmless. One's own: signed out."""
    session_id = form.get("session", "")
    if session_id == visit.session.id:
        return await sign_out(door, visit.operator, visit.session)
    with door.noting(visit.operator, Deed.OPERATOR_SESSION_ENDED):
        await door.entrance.leave(visit.operator, session_id)
    return door.go(PATH)


def clock_words(at: datetime) -> str:
    """`26 Jan 2026, 14:05`, in India."""
    there = at.astimezone(INDIA)
    return f"{there.day} {there:%b %Y, %H:%M}"

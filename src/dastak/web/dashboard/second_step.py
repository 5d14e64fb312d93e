"""The page between the code from the mail and the dashboard: the code of the authenticator app, for whoever has one.

In: a browser whose session waits for it. Out: the page, or a session that is whole.
"""

from datetime import timedelta
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.authenticator import DIGITS, TooManyGuesses, plain
from dastak.accounts.deed import Deed
from dastak.accounts.member import Member
from dastak.accounts.second_step import NoAuthenticator
from dastak.accounts.session import Session
from dastak.web.csrf import FIELD
from dastak.web.dashboard.door import Door
from dastak.web.door import client_key
from dastak.web.form import read_form
from dastak.web.origin import is_own_origin
from dastak.web.refusal import NOT_OUR_FORM, Refused

WRONG = "That is no code of your app. Wait for the next one, and check that your phone's clock is right."


async def show_second_step(door: Door, request: Request) -> Response:
    """The page."""
    found = await _halfway(door, request)
    return door.go(door.room.sign_in) if found is None else await _ask(door, *found)


async def enter(door: Door, request: Request) -> Response:
    """Let the browser in when the code is right."""
    form = await read_form(request)
    found = await _halfway(door, request)
    if not is_own_origin(request):
        raise Refused(NOT_OUR_FORM)
    if found is None:
        return door.go(door.room.sign_in)
    session, member = found
    if not door.csrf.holds(session.id, form.get(FIELD, "")):
        raise Refused(NOT_OUR_FORM)
    typed = form.get("code", "")[:100]
    door.spend("guess", client_key(request))
    try:
        is_right = await door.second.enter(member, session, typed)
    except TooManyGuesses as too_many:
        return await _ask(door, session, member, waiting(too_many.wait))
    except NoAuthenticator:  # it was taken off meanwhile: the next code from the mail is enough
        return door.go(door.room.sign_in)
    if not is_right:
        return await _ask(door, session, member, WRONG)
    if len(plain(typed)) != DIGITS:
        await door.note(member, Deed.RECOVERY_CODE_USED)
    await door.admitted(session)
    return door.go(door.room.home)


def waiting(wait: timedelta) -> str:
    """What is said to who was wrong too often."""
    minutes = ceil(wait.total_seconds() / 60)
    return f"Too many wrong codes. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."


async def _halfway(door: Door, request: Request) -> tuple[Session, Member] | None:
    ticket = door.cookies.ticket(request)
    return None if ticket is None else await door.entrance.who_is_halfway(ticket.merchant_id, ticket.token)


async def _ask(door: Door, session: Session, member: Member, mistake: str = "") -> Response:
    return door.pages.render(
        "authenticator",
        422 if mistake else 200,
        merchant=await door.entrance.merchant_name(member.merchant_id),
        token=door.csrf.token(session.id),
        mistakes=[("code", mistake)] if mistake else (),
    )

"""Signing in to a room: the page that asks for an address, the page that asks for the code, and out again.

In: two forms and a session to end. Out: pages and redirects. None of them says whether an address is anybody's. The
room has the templates `sign_in` and `code`.
"""

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.person import EMAIL_LIMIT, Person, is_address, masked
from dastak.accounts.session import Session
from dastak.accounts.sign_in import SignInRefused, TooSoon
from dastak.web.cookies import Ticket, Waiting, new_waiting
from dastak.web.csrf import FIELD
from dastak.web.door import Door, client_key
from dastak.web.form import Form, read_form
from dastak.web.origin import is_own_origin
from dastak.web.refusal import NOT_OUR_FORM, Refused

MERCHANT_LIMIT = 64

NO_ADDRESS = "Type your e-mail address, such as name@example.com."
NOT_SIX_DIGITS = "Type the 6 digits from the mail."
CODE_DIGITS = 6

P = TypeVar("P", bound=Person)


async def show_sign_in(door: Door[P], request: Request) -> Response:
    """The page that asks for an address."""
    waiting = door.cookies.read_waiting(request, door.clock())
    merchant_id = await _merchant_id(door, request, waiting)
    merchant = await door.entrance.merchant_name(merchant_id)
    if waiting is None or waiting.merchant_id != merchant_id or waiting.place:
        waiting = new_waiting(merchant_id, door.clock())
    return _ask_address(door, waiting, merchant)


async def ask_code(door: Door[P], request: Request) -> Response:
    """Send a code to the address, if it is somebody's; the next page is the same in any case."""
    form, waiting = await _form_of(door, request)
    if waiting is None:
        return door.go(door.room.sign_in)
    merchant = await door.entrance.merchant_name(waiting.merchant_id)
    email = form.get("email", "")
    if not is_address(email):
        return _ask_address(door, waiting, merchant, email[:EMAIL_LIMIT], NO_ADDRESS)
    door.spend("code", client_key(request))
    try:
        wait = await door.entrance.send_code(waiting.merchant_id, email)
    except TooSoon as early:
        wait = early.wait
    now = door.clock()
    place = door.entrance.place_of(waiting.merchant_id, email)
    response = door.go(door.room.code)
    asked = replace(waiting, issued_at=now, place=place, shown=masked(email), resend_at=now + wait)
    door.cookies.write_waiting(response, asked)
    return response


async def show_code(door: Door[P], request: Request) -> Response:
    """The page that asks for the code."""
    waiting = door.cookies.read_waiting(request, door.clock())
    if waiting is None or not waiting.place:
        return door.go(door.room.sign_in)
    return _ask_code(door, waiting, await door.entrance.merchant_name(waiting.merchant_id))


async def enter(door: Door[P], request: Request) -> Response:
    """Open a session when the code is right."""
    form, waiting = await _form_of(door, request)
    if waiting is None or not waiting.place:
        return door.go(door.room.sign_in)
    merchant = await door.entrance.merchant_name(waiting.merchant_id)
    code = "".join(form.get("code", "").replace("-", "").split())
    if len(code) != CODE_DIGITS or not (code.isascii() and code.isdecimal()):
        return _ask_code(door, waiting, merchant, NOT_SIX_DIGITS)
    door.spend("guess", client_key(request))
    device = request.headers.get("user-agent", "")
    try:
        entered = await door.entrance.enter(waiting.merchant_id, waiting.place, code, device)
    except SignInRefused as refused:
        return _ask_code(door, waiting, merchant, _mistake(refused))
    if not entered.session.halfway:
        await door.admitted(entered.session)
    response = door.go(door.room.second_step if entered.session.halfway else door.room.home)
    door.cookies.admit(response, Ticket(waiting.merchant_id, entered.token))
    return response


async def sign_out(door: Door[P], person: P, session: Session) -> Response:
    """End this session, and go back to the sign-in page of the same company."""
    with door.noting(person, door.room.signed_out, session.id):
        await door.entrance.leave(person, session.id)
    response = door.go(f"{door.room.sign_in}?merchant={person.merchant_id}")
    door.cookies.dismiss(response)
    return response


async def _merchant_id(door: Door[P], request: Request, waiting: Waiting | None) -> str:
    """Whose room it is: as the link says, as this browser was before, or the only merchant there is."""
    asked = request.query_params.get("merchant", "")
    if asked:
        if len(asked) > MERCHANT_LIMIT or not (asked.isascii() and asked.replace("_", "").isalnum()):
            raise Refused(door.room.no_merchant)
        return asked
    if waiting is not None:
        return waiting.merchant_id
    ticket = door.cookies.ticket(request)
    if ticket is not None:
        return ticket.merchant_id
    merchants = await door.merchants()
    if len(merchants) != 1:
        raise Refused(door.room.no_merchant)
    return merchants[0].id


async def _form_of(door: Door[P], request: Request) -> tuple[Form, Waiting | None]:
    """The form and the browser that sent it; None: it waited for too long. Raises `Refused` if it is not our form."""
    form = await read_form(request)
    if not is_own_origin(request):
        raise Refused(NOT_OUR_FORM)
    waiting = door.cookies.read_waiting(request, door.clock())
    if waiting is not None and not door.csrf.holds(waiting.id, form.get(FIELD, "")):
        raise Refused(NOT_OUR_FORM)
    return form, waiting


def _ask_address(door: Door[P], waiting: Waiting, merchant: str, typed: str = "", mistake: str = "") -> Response:
    response = door.pages.render(
        "sign_in",
        422 if mistake else 200,
        merchant=merchant,
        token=door.csrf.token(waiting.id),
        typed=typed,
        mistakes=[("email", mistake)] if mistake else (),
    )
    door.cookies.write_waiting(response, waiting)
    return response


def _ask_code(door: Door[P], waiting: Waiting, merchant: str, mistake: str = "") -> Response:
    left = waiting.resend_at - door.clock() if waiting.resend_at else timedelta(0)
    return door.pages.render(
        "code",
        422 if mistake else 200,
        merchant=merchant,
        token=door.csrf.token(waiting.id),
        shown=waiting.shown,
        wait=max(0, ceil(left.total_seconds())),
        hint=door.entrance.shown_code or "",
        mistakes=[("code", mistake)] if mistake else (),
    )


def _mistake(refused: SignInRefused) -> str:
    match refused.reason:
        case "wrong":
            tries = "1 try is left." if refused.tries_left == 1 else f"{refused.tries_left} tries are left."
            return f"That is not the code we sent. {tries}"
        case "expired":
            return "This code is too old. Ask for a new one below."
        case "locked":
            return "Too many wrong codes, so this one no longer works. Ask for a new one below."
        case "none":
            return "No code is waiting. Ask for a new one below."

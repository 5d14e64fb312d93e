"""Pages that only a member gets: who it is, and whether their role allows what is asked.

In: a handler that takes a `Visit`, and the action it needs. Out: an endpoint. Without a session the browser is sent to
sign in; in the wrong role it gets a page that says so. Every page of every area is mounted through this, by `routing`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.member import Member, Role
from dastak.accounts.permission import Action, may
from dastak.accounts.session import Session
from dastak.web.body import BodyTooLarge, BodyUnreadable
from dastak.web.csrf import FIELD
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.navigation import ways
from dastak.web.dashboard.refusal import FORBIDDEN
from dastak.web.door import Endpoint, guarded
from dastak.web.form import Form, read_form
from dastak.web.multipart import Parts, form_parts
from dastak.web.origin import is_own_origin
from dastak.web.refusal import BAD_FORM, NOT_OUR_FORM, TOO_LARGE, Refused


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a member."""

    request: Request
    member: Member
    session: Session
    merchant: str
    """The name of the company."""
    zone: ZoneInfo
    """In which its times are shown."""
    now: datetime

    @property
    def merchant_id(self) -> str:
        """Whose data this request may see: pass it to every query."""
        return self.member.merchant_id

    @property
    def role(self) -> Role:
        return self.member.role

    def may(self, *actions: Action) -> bool:
        """Whether this member may do all of that; a page offers nothing else."""
        return all(may(self.member.role, action) for action in actions)


Act = Callable[[Door, Visit], Awaitable[Response]]
FormAct = Callable[[Door, Visit, Form], Awaitable[Response]]
FileAct = Callable[[Door, Visit, Parts], Awaitable[Response]]


def signed_in(door: Door, act: Act, *actions: Action) -> Endpoint:
    """A handler that shows something to a member who may do all of that."""

    async def shown(request: Request) -> Response:
        visit = await visit_of(door, request)
        if visit is None:
            return door.go(door.room.sign_in)
        return await _within(door, visit, act(door, visit) if visit.may(*actions) else None)

    return guarded(door, shown)


def posted(door: Door, act: FormAct, *actions: Action) -> Endpoint:
    """A handler of a form of a member who may do all of that; the form must be from our own page."""

    async def accepted(request: Request) -> Response:
        form = await read_form(request)
        if not is_own_origin(request):
            raise Refused(NOT_OUR_FORM)
        visit = await visit_of(door, request)
        if visit is None:
            return door.go(door.room.sign_in)
        if not door.csrf.holds(visit.session.id, form.get(FIELD, "")):
            raise Refused(NOT_OUR_FORM)
        return await _within(door, visit, act(door, visit, form) if visit.may(*actions) else None)

    return guarded(door, accepted)


def uploaded(door: Door, act: FileAct, action: Action, limit: int) -> Endpoint:
    """A handler of a form with a file, of at most so many bytes; nobody else's bytes are read."""

    async def accepted(request: Request) -> Response:
        if not is_own_origin(request):
            raise Refused(NOT_OUR_FORM)
        visit = await visit_of(door, request)
        if visit is None:
            return door.go(door.room.sign_in)
        if not visit.may(action):
            return await _within(door, visit, None)
        try:
            parts = await form_parts(request, limit)
        except BodyTooLarge:
            raise Refused(TOO_LARGE) from None
        except BodyUnreadable:
            raise Refused(BAD_FORM) from None
        if not door.csrf.holds(visit.session.id, parts.fields.get(FIELD, "")):
            raise Refused(NOT_OUR_FORM)
        return await _within(door, visit, act(door, visit, parts))

    return guarded(door, accepted)


def show(door: Door, visit: Visit, template: str, status: int = 200, **values: object) -> Response:
    """A page of the dashboard in its frame: who is signed in, where they can go, the zone, the token of its forms."""
    common = {
        "merchant": visit.merchant,
        "member": visit.member,
        "nav": ways(visit.role, visit.request.url.path),
        "token": door.csrf.token(visit.session.id),
        "zone": visit.zone,
        "may": visit.may,
        "Action": Action,
    }
    return door.pages.render(template, status, **(common | values))


async def visit_of(door: Door, request: Request) -> Visit | None:
    """Who asks; None: somebody who must sign in."""
    ticket = door.cookies.ticket(request)
    found = None if ticket is None else await door.entrance.who(ticket.merchant_id, ticket.token)
    if found is None:
        return None
    session, member = found
    merchant = await door.accounts.merchant(member.merchant_id)
    return Visit(request, member, session, merchant.name, ZoneInfo(merchant.time_zone), door.clock())


async def _within(door: Door, visit: Visit, answer: Awaitable[Response] | None) -> Response:
    """The answer, or a refusal in the dashboard's frame, so that the member can go on from there. None: forbidden."""
    try:
        if answer is None:
            raise Refused(FORBIDDEN)
        return await answer
    except Refused as refused:
        if refused.retry_after is not None:
            raise
        return show(door, visit, "plain", refused.page.status, page=refused.page)

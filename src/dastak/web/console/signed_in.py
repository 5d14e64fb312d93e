"""Pages that only an operator gets: who it is, and whether their role allows it.

In: a handler that takes a `Visit`, and the role it needs. Out: an endpoint. Without a session the browser is sent to
sign in; with the wrong role it gets a page that says so. Every page for agents and auditors is mounted through this.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from dastak.accounts.operator import Operator, Role
from dastak.accounts.session import Session
from dastak.web.console.door import HOME, SIGN_IN, Door, Endpoint, guarded
from dastak.web.console.refusal import FORBIDDEN
from dastak.web.csrf import FIELD
from dastak.web.form import Form, read_form
from dastak.web.origin import is_own_origin
from dastak.web.refusal import NOT_OUR_FORM, Refused

NAV: tuple[tuple[str, str, Role | None], ...] = (
    ("Home", HOME, None),
    ("Calls", "/console/calls", Role.AGENT),
    ("Availability", "/console/availability", Role.AGENT),
    ("Reviews", "/console/reviews", Role.AUDITOR),
    ("Sessions", "/console/sessions", None),
)
"""Words, path, and the role that sees it; None: everybody."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of an operator."""

    request: Request
    operator: Operator
    session: Session
    merchant: str
    """The name of the company."""
    now: datetime

    @property
    def roles(self) -> tuple[Role, ...]:
        return self.operator.roles


Act = Callable[[Door, Visit], Awaitable[Response]]
FormAct = Callable[[Door, Visit, Form], Awaitable[Response]]


def signed_in(door: Door, act: Act, role: Role | None = None) -> Endpoint:
    """A handler that shows something to an operator who has that role."""

    async def shown(request: Request) -> Response:
        visit = await visit_of(door, request)
        if visit is None:
            return door.go(SIGN_IN)
        return await act(door, visit) if _may(visit, role) else _forbidden(door, visit)

    return guarded(door, shown)


def posted(door: Door, act: FormAct, role: Role | None = None) -> Endpoint:
    """A handler of a form of an operator who has that role; the form must be from our own page."""

    async def accepted(request: Request) -> Response:
        form = await read_form(request)
        if not is_own_origin(request):
            raise Refused(NOT_OUR_FORM)
        visit = await visit_of(door, request)
        if visit is None:
            return door.go(SIGN_IN)
        if not door.csrf.holds(visit.session.id, form.get(FIELD, "")):
            raise Refused(NOT_OUR_FORM)
        return await act(door, visit, form) if _may(visit, role) else _forbidden(door, visit)

    return guarded(door, accepted)


def show(door: Door, visit: Visit, template: str, status: int = 200, **values: object) -> Response:
    """A page of the console, with its frame: who is signed in, where they can go, and the token of its forms."""
    path = visit.request.url.path
    nav = [(words, href, _is_at(path, href)) for words, href, role in NAV if role is None or role in visit.roles]
    common = {
        "merchant": visit.merchant,
        "operator": visit.operator,
        "nav": nav,
        "token": door.csrf.token(visit.session.id),
    }
    return door.pages.render(template, status, **(common | values))


async def visit_of(door: Door, request: Request) -> Visit | None:
    """Who asks; None: somebody who must sign in."""
    ticket = door.cookies.ticket(request)
    found = None if ticket is None else await door.entrance.who(ticket.merchant_id, ticket.token)
    if found is None:
        return None
    session, operator = found
    merchant = await door.entrance.merchant_name(operator.merchant_id)
    return Visit(request, operator, session, merchant, door.clock())


def _is_at(path: str, href: str) -> bool:
    """Whether a page belongs to an entry of the navigation: its own page, or one below it."""
    return path == href or (href != HOME and path.startswith(f"{href}/"))


def _may(visit: Visit, role: Role | None) -> bool:
    return role is None or role in visit.roles


def _forbidden(door: Door, visit: Visit) -> Response:
    return show(door, visit, "plain", FORBIDDEN.status, page=FORBIDDEN)

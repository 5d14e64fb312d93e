"""All routes of the console.

In: the entrance, the registry, keys and limits, from `app`. Out: routes to mount.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dastak.accounts.audit import AuditTrail
from dastak.accounts.entrance import Entrance
from dastak.accounts.merchant import Merchant
from dastak.accounts.operator import Operator, Role
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.web import sign_in
from dastak.web.console import availability, sessions
from dastak.web.console.door import HOME, ROOM, SIGN_IN, Door, Endpoint, Limiter, guarded
from dastak.web.console.home import show_home
from dastak.web.console.pages import Pages
from dastak.web.console.refusal import NOT_FOUND
from dastak.web.console.signed_in import Visit, posted, signed_in
from dastak.web.door import keys_of_room
from dastak.web.form import Form
from dastak.web.refusal import Refused


def console_door(
    entrance: Entrance[Operator],
    registry: OperatorRegistry,
    trail: AuditTrail,
    merchants: Callable[[], Awaitable[Sequence[Merchant]]],
    *,
    cookie_key: bytes,
    secure_cookies: bool,
    limiter: Limiter,
    clock: Callable[[], datetime],
) -> Door:
    """What the console's handlers need.

    Args:
        entrance: lets operators in.
        registry: keeps operators.
        trail: the audit log.
        merchants: all of them; asked by whoever does not say whose console they want.
        cookie_key: at least 32 secret bytes, the same in every process.
        secure_cookies: off only for plain http on the developer's own machine.
        limiter: counts tries.
        clock: aware UTC now.
    """
    cookies, csrf = keys_of_room(cookie_key, ROOM, secure=secure_cookies)
    return Door(ROOM, entrance, merchants, cookies, csrf, limiter, clock, trail, Pages(), registry)


def console_routes(door: Door) -> list[Route]:
    """The routes, in the order in which they must be matched; the last one takes whatever else begins so."""

    def plain(act: Callable[[Door, Request], Awaitable[Response]]) -> Endpoint:
        return guarded(door, lambda request: act(door, request))

    return [
        *door.pages.assets.routes(),
        Route(SIGN_IN, plain(sign_in.ask_code), methods=["POST"]),
        Route(SIGN_IN, plain(sign_in.show_sign_in)),
        Route(ROOM.code, plain(sign_in.enter), methods=["POST"]),
        Route(ROOM.code, plain(sign_in.show_code)),
        Route("/console/sign-out", posted(door, _sign_out), methods=["POST"]),
        Route(HOME, signed_in(door, show_home)),
        Route(sessions.PATH, posted(door, sessions.end_session), methods=["POST"]),
        Route(sessions.PATH, signed_in(door, sessions.show_sessions)),
        Route(availability.PATH, posted(door, availability.save_availability, Role.AGENT), methods=["POST"]),
        Route(availability.PATH, signed_in(door, availability.show_availability, Role.AGENT)),
        Route("/console/{rest:path}", plain(_nothing_here)),
    ]


async def _sign_out(door: Door, visit: Visit, form: Form) -> Response:
    del form
    return await sign_in.sign_out(door, visit.operator, visit.session)


async def _nothing_here(_door: Door, _request: Request) -> Response:
    raise Refused(NOT_FOUND)

"""All routes of the console.

In: the entrance, the registry, keys and limits, from `app`. Out: routes to mount.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dastak.accounts.entrance import Entrance
from dastak.accounts.merchant import Merchant
from dastak.accounts.operator import Role
from dastak.accounts.operator_registry import OperatorRegistry
from dastak.web.console import availability, sessions, sign_in
from dastak.web.console.cookies import Cookies
from dastak.web.console.csrf import Csrf
from dastak.web.console.door import HOME, SIGN_IN, Door, Endpoint, Limiter, guarded
from dastak.web.console.home import show_home
from dastak.web.console.refusal import NOT_FOUND, Refused
from dastak.web.console.signed_in import posted, signed_in

KEY_BYTES = 32


def console_door(
    entrance: Entrance,
    registry: OperatorRegistry,
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
        merchants: all of them; asked by whoever does not say whose console they want.
        cookie_key: at least 32 secret bytes, the same in every process.
        secure_cookies: off only for plain http on the developer's own machine.
        limiter: counts tries.
        clock: aware UTC now.
    """
    if len(cookie_key) < KEY_BYTES:
        raise ValueError(f"cookie_key needs at least {KEY_BYTES} bytes")
    cookies = Cookies(cookie_key, secure=secure_cookies)
    return Door(entrance, registry, merchants, cookies, Csrf(cookie_key), limiter, clock)


def console_routes(door: Door) -> list[Route]:
    """The routes, in the order in which they must be matched; the last one takes whatever else begins so."""

    def plain(act: Callable[[Door, Request], Awaitable[Response]]) -> Endpoint:
        return guarded(door, lambda request: act(door, request))

    return [
        *door.pages.assets.routes(),
        Route(SIGN_IN, plain(sign_in.ask_code), methods=["POST"]),
        Route(SIGN_IN, plain(sign_in.show_sign_in)),
        Route(sign_in.CODE, plain(sign_in.enter), methods=["POST"]),
        Route(sign_in.CODE, plain(sign_in.show_code)),
        Route("/console/sign-out", posted(door, sign_in.sign_out), methods=["POST"]),
        Route(HOME, signed_in(door, show_home)),
        Route(sessions.PATH, posted(door, sessions.end_session), methods=["POST"]),
        Route(sessions.PATH, signed_in(door, sessions.show_sessions)),
        Route(availability.PATH, posted(door, availability.save_availability, Role.AGENT), methods=["POST"]),
        Route(availability.PATH, signed_in(door, availability.show_availability, Role.AGENT)),
        Route("/console/{rest:path}", plain(_nothing_here)),
    ]


async def _nothing_here(_door: Door, _request: Request) -> Response:
    raise Refused(NOT_FOUND)

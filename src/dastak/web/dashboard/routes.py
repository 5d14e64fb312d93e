"""The dashboard's own routes: in, out, and the end of the list.

In: the door, and the routes of all areas, from `app`. Out: routes to mount.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dastak.accounts.permission import Action
from dastak.web import sign_in
from dastak.web.dashboard import second_step
from dastak.web.dashboard.door import HOME, ROOM, Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.routing import form
from dastak.web.dashboard.signed_in import Visit, show, visit_of
from dastak.web.door import Endpoint, guarded
from dastak.web.form import Form


def dashboard_routes(door: Door, areas: Sequence[BaseRoute]) -> list[BaseRoute]:
    """The routes, in the order in which they must be matched; the last one takes whatever else begins so."""

    def plain(act: Callable[[Door, Request], Awaitable[Response]]) -> Endpoint:
        return guarded(door, lambda request: act(door, request))

    return [
        *door.pages.assets.routes(),
        Route(ROOM.sign_in, plain(sign_in.ask_code), methods=["POST"]),
        Route(ROOM.sign_in, plain(sign_in.show_sign_in)),
        Route(ROOM.code, plain(sign_in.enter), methods=["POST"]),
        Route(ROOM.code, plain(sign_in.show_code)),
        Route(ROOM.second_step, plain(second_step.enter), methods=["POST"]),
        Route(ROOM.second_step, plain(second_step.show_second_step)),
        form(door, f"{HOME}/sign-out", _sign_out, Action.SELF),
        *areas,
        Route(f"{HOME}/{{rest:path}}", plain(_nothing_here), methods=["GET", "POST"]),
    ]


async def _sign_out(door: Door, visit: Visit, _form: Form) -> Response:
    return await sign_in.sign_out(door, visit.member, visit.session)


async def _nothing_here(door: Door, request: Request) -> Response:
    """In the frame for whoever is signed in, so that they can go on from there."""
    visit = await visit_of(door, request)
    if visit is None:
        return door.go(ROOM.sign_in)
    return show(door, visit, "plain", NOT_FOUND.status, page=NOT_FOUND)

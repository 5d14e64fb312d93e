"""Routes of the developers' pages: the start, and the corner with events, reference and quick start.

In: the door, and what the pages work on. Out: routes to mount.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.developers import api, events, starting
from dastak.web.dashboard.developers.page import show_developers
from dastak.web.dashboard.developers.room import API, EVENTS, HOME, QUICK_START, DevelopersRoom
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, form, page
from dastak.web.dashboard.signed_in import Visit

Act = Callable[[DevelopersRoom, Door, Visit], Awaitable[Response]]


def developers_routes(door: Door, room: DevelopersRoom) -> list[DashboardRoute]:
    """All of them."""

    def reading(path: str, act: Act) -> DashboardRoute:
        return page(door, path, partial(act, room), Action.WEBHOOKS_READ)

    return [
        page(door, HOME, show_developers, Action.WEBHOOKS_READ),
        reading(EVENTS, events.show_events),
        reading(f"{EVENTS}/{{event_type}}", events.show_event),
        form(door, f"{EVENTS}/{{event_type}}", partial(events.send_sample, room), Action.WEBHOOKS_WRITE),
        reading(API, api.show_reference),
        reading(f"{API}/{{operation_id}}", api.show_operation),
        reading(QUICK_START, starting.show_quick_start),
    ]

"""Routes of Developers, Webhooks.

In: the door, and what the pages work on. Out: routes to mount.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, form, page
from dastak.web.dashboard.signed_in import Visit
from dastak.web.dashboard.webhooks import acts, adding, deleting, endpoint_page, listing, rotating, settings
from dastak.web.dashboard.webhooks.room import PATH, WebhooksRoom
from dastak.web.form import Form

Act = Callable[[WebhooksRoom, Door, Visit], Awaitable[Response]]
FormAct = Callable[[WebhooksRoom, Door, Visit, Form], Awaitable[Response]]


def webhooks_routes(door: Door, room: WebhooksRoom) -> list[DashboardRoute]:
    """In the order in which they must be matched."""

    def reading(below: str, act: Act, action: Action = Action.WEBHOOKS_READ) -> DashboardRoute:
        return page(door, f"{PATH}{below}", partial(act, room), action)

    def writing(below: str, act: FormAct) -> DashboardRoute:
        return form(door, f"{PATH}{below}", partial(act, room), Action.WEBHOOKS_WRITE)

    one = "/{endpoint_id}"
    return [
        reading("", listing.show_list),
        reading("/new", adding.show_adding, Action.WEBHOOKS_WRITE),
        writing("/new", adding.test_and_add),
        reading("/schedule", settings.show_schedule),
        reading(one, endpoint_page.show_endpoint),
        writing(f"{one}/test", acts.test),
        writing(f"{one}/disable", acts.disable),
        writing(f"{one}/enable", acts.enable),
        reading(f"{one}/settings", settings.show_settings, Action.WEBHOOKS_WRITE),
        writing(f"{one}/settings", settings.save_settings),
        reading(f"{one}/secret", rotating.show_rotating, Action.WEBHOOKS_WRITE),
        writing(f"{one}/secret", rotating.rotate),
        reading(f"{one}/delete", deleting.show_deleting, Action.WEBHOOKS_WRITE),
        writing(f"{one}/delete", deleting.delete),
    ]

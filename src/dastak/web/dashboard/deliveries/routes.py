"""Routes of the area.

In: the door, and what the area works on. Out: routes to mount, in the order in which they must be matched.
"""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.deliveries import live, log_page, one, replays, resending
from dastak.web.dashboard.deliveries.replays import REPLAYS
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.deliveries.shown import HOME
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, form, page
from dastak.web.dashboard.signed_in import Act, FormAct, Visit
from dastak.web.form import Form

Shows = Callable[[Deliveries, Door, Visit], Awaitable[Response]]
Takes = Callable[[Deliveries, Door, Visit, Form], Awaitable[Response]]


def deliveries_routes(door: Door, room: Deliveries) -> list[DashboardRoute]:
    """Every page of the area."""

    def shows(act: Shows) -> Act:
        return lambda door, visit: act(room, door, visit)

    def takes(act: Takes) -> FormAct:
        return lambda door, visit, form: act(room, door, visit, form)

    one_path, replay = f"{HOME}/{{delivery_id}}", f"{REPLAYS}/{{replay_id}}"
    return [
        page(door, HOME, shows(log_page.show_log), Action.DELIVERIES_READ),
        page(door, f"{HOME}/live", shows(live.hear_log), Action.DELIVERIES_READ),
        page(door, REPLAYS, shows(replays.show_replays), Action.DELIVERIES_READ),
        form(door, REPLAYS, takes(replays.begin), Action.DELIVERIES_RESEND),
        page(door, f"{REPLAYS}/new", shows(replays.show_new), Action.DELIVERIES_RESEND),
        page(door, replay, shows(replays.show_replay), Action.DELIVERIES_READ),
        page(door, f"{replay}/live", shows(replays.hear_replay), Action.DELIVERIES_READ),
        form(door, f"{replay}/cancel", takes(replays.cancel), Action.DELIVERIES_RESEND),
        page(door, one_path, shows(one.show_delivery), Action.DELIVERIES_READ),
        form(door, f"{one_path}/resend", takes(resending.resend), Action.DELIVERIES_RESEND),
        form(door, f"{one_path}/open", takes(one.open_delivery), Action.PERSONAL_READ, Action.DELIVERIES_READ_BODIES),
    ]

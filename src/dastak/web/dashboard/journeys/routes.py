"""Routes of the journeys.

In: the door, and what the pages work on. Out: routes to mount.
"""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.responses import Response

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.journeys import (
    case_form,
    case_list,
    case_page,
    export,
    link_form,
    link_list,
    link_page,
    scheduling,
)
from dastak.web.dashboard.journeys.acts import CASE, LINK, unschedule
from dastak.web.dashboard.journeys.room import CASES, LINKS, JourneysRoom
from dastak.web.dashboard.routing import DashboardRoute, form, page
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form

Act = Callable[[JourneysRoom, Door, Visit], Awaitable[Response]]
FormAct = Callable[[JourneysRoom, Door, Visit, Form], Awaitable[Response]]


def journeys_routes(door: Door, room: JourneysRoom) -> list[DashboardRoute]:
    """In the order in which they must be matched."""

    def reading(path: str, act: Act, action: Action = Action.JOURNEYS_READ) -> DashboardRoute:
        return page(door, path, partial(act, room), action)

    def writing(path: str, act: FormAct, action: Action = Action.JOURNEYS_WRITE) -> DashboardRoute:
        return form(door, path, partial(act, room), action)

    link, case = f"{LINKS}/{{journey_id}}", f"{CASES}/{{journey_id}}"
    return [
        reading(LINKS, link_list.show_links),
        writing(f"{LINKS}/export", export.export_links, Action.JOURNEYS_READ),
        reading(f"{LINKS}/new", link_form.show_new_link, Action.JOURNEYS_WRITE),
        writing(f"{LINKS}/new", link_form.make_link),
        reading(link, link_page.show_link),
        writing(f"{link}/resend", LINK.resend),
        writing(f"{link}/cancel", LINK.cancel),
        writing(f"{link}/reveal", LINK.reveal, Action.PERSONAL_READ),
        reading(CASES, case_list.show_cases),
        writing(f"{CASES}/export", export.export_cases, Action.JOURNEYS_READ),
        reading(f"{CASES}/new", case_form.show_new_case, Action.JOURNEYS_WRITE),
        writing(f"{CASES}/new", case_form.make_case),
        reading(case, case_page.show_case),
        writing(f"{case}/resend", CASE.resend),
        writing(f"{case}/cancel", CASE.cancel),
        reading(f"{case}/schedule", scheduling.show_schedule, Action.JOURNEYS_WRITE),
        writing(f"{case}/schedule", scheduling.book),
        writing(f"{case}/unschedule", unschedule),
        writing(f"{case}/reveal", CASE.reveal, Action.PERSONAL_READ),
    ]

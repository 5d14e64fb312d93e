"""Routes of the overview.

In: the door, and what the page looks at. Out: routes to mount.
"""

from functools import partial

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.overview.page import show_overview
from dastak.web.dashboard.overview.room import PATH, OverviewRoom
from dastak.web.dashboard.routing import DashboardRoute, page


def overview_routes(door: Door, room: OverviewRoom) -> list[DashboardRoute]:
    """The first page."""
    return [page(door, PATH, partial(show_overview, room), Action.OVERVIEW_READ)]

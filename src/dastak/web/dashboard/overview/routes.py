"""Routes of the overview.

In: the door. Out: routes to mount.
"""

from dastak.accounts.permission import Action
from dastak.web.dashboard.door import HOME, Door
from dastak.web.dashboard.overview.page import show_overview
from dastak.web.dashboard.routing import DashboardRoute, page


def overview_routes(door: Door) -> list[DashboardRoute]:
    """The first page."""
    return [page(door, HOME, show_overview, Action.OVERVIEW_READ)]

"""Routes of the developers' page.

In: the door. Out: routes to mount.
"""

from dastak.accounts.permission import Action
from dastak.web.dashboard.developers.page import PATH, show_developers
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.routing import DashboardRoute, page


def developers_routes(door: Door) -> list[DashboardRoute]:
    """The page with its cards."""
    return [page(door, PATH, show_developers, Action.WEBHOOKS_READ)]

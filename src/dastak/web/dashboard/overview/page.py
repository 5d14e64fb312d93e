"""The dashboard's first page: whose it is, who one is, and the ways to go on.

In: a visit. Out: the page.
"""

from starlette.responses import Response

from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show


async def show_overview(door: Door, visit: Visit) -> Response:
    """The page."""
    return show(door, visit, "overview/page")

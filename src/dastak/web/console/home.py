"""The console's first page: who one is, and what one can do here.

In: a visit. Out: the page.
"""

from starlette.responses import Response

from dastak.web.console.door import Door
from dastak.web.console.signed_in import Visit, show


async def show_home(door: Door, visit: Visit) -> Response:
    """The page."""
    return show(door, visit, "home")

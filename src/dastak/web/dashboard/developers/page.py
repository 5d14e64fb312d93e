"""The developers' page: what can be integrated, each with what belongs to it. Secure ID is both KYC products.

In: a visit. Out: the page.
"""

from starlette.responses import Response

from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show


async def show_developers(door: Door, visit: Visit) -> Response:
    """The page."""
    return show(door, visit, "developers/page")

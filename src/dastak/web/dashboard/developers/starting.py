"""The quick start: a receiver in one's own language.

In: a visit; the language in the query. Out: the page.
"""

from starlette.responses import Response

from dastak.web.dashboard.developers.quick_start import SNIPPETS
from dastak.web.dashboard.developers.room import QUICK_START, DevelopersRoom, tabs
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show


async def show_quick_start(room: DevelopersRoom, door: Door, visit: Visit) -> Response:
    """The receiver in the language that the query names, else in the first."""
    wanted = visit.request.query_params.get("language", "")
    chosen = next((one for one in SNIPPETS if one.key == wanted), SNIPPETS[0])
    return show(
        door,
        visit,
        "developers/quick_start",
        tabs=tabs(QUICK_START),
        snippets=SNIPPETS,
        chosen=chosen,
        path=QUICK_START,
        base=room.public_url,
    )

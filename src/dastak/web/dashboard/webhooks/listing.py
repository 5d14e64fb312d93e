"""The list of endpoints: how each stands at a glance, and the way to add one.

In: a visit. Out: the page; it has the popup's form, too, which works on a page of its own without script.
"""

from starlette.responses import Response

from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks.adding import Outcome, values
from dastak.web.dashboard.webhooks.room import WebhooksRoom, href
from dastak.web.dashboard.webhooks.standing import shown
from dastak.webhooks.endpoint import MOST_ENDPOINTS

NOTICES = {"deleted": "The endpoint is deleted."}


async def show_list(room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """All endpoints, oldest first."""
    rows = [(one.endpoint, href(one.endpoint), shown(one, room.rules, visit.now)) for one in await room.all(visit)]
    said = visit.request.query_params.get("said", "")
    shown_form = values(Outcome(), in_popup=True)
    common = {
        "rows": rows,
        "notice": NOTICES.get(said, ""),
        "most": MOST_ENDPOINTS,
        "is_full": len(rows) >= MOST_ENDPOINTS,
    }
    return show(door, visit, "webhooks/list", 200, **(shown_form | common))

"""An endpoint is deleted: first what that means, then it is done.

In: a visit; a form whose tick says yes. Out: the page that asks, or a redirect to the list.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks.room import PATH, WebhooksRoom, href, id_of
from dastak.web.endpoint_host import host_of
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.webhooks.registry import EndpointNotFound

SURE = "sure"
NOT_SURE = (SURE, "Tick that you want it deleted. Disabling it can be undone, deleting cannot.")


async def show_deleting(room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """What it means."""
    endpoint = await room.endpoint(visit)
    return show(door, visit, "webhooks/delete", endpoint=endpoint, href=href(endpoint))


async def delete(room: WebhooksRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Delete it; what was pending is cancelled, the log stays."""
    endpoint = await room.endpoint(visit)
    if not form.get(SURE):
        return show(door, visit, "webhooks/delete", 422, endpoint=endpoint, href=href(endpoint), mistakes=(NOT_SURE,))
    try:
        with door.noting(visit.member, Deed.WEBHOOK_DELETED, host=host_of(endpoint)):
            await room.registry.delete(visit.merchant_id, id_of(visit))
    except EndpointNotFound:
        raise Refused(NOT_FOUND) from None
    return door.go(f"{PATH}?said=deleted")

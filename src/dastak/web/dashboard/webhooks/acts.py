"""What can be done about an endpoint at once: test it, disable it, enable it.

In: a form without fields. Out: the endpoint's page with the answer of a test, or a redirect to it.
"""

from contextlib import AbstractContextManager

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.noting import Note
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit
from dastak.web.dashboard.webhooks import answers
from dastak.web.dashboard.webhooks.adding import TESTS
from dastak.web.dashboard.webhooks.endpoint_page import page
from dastak.web.dashboard.webhooks.room import WebhooksRoom, href, id_of
from dastak.web.endpoint_host import host_of
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.webhooks.post import UrlRefused
from dastak.webhooks.registry import EndpointNotFound


async def test(room: WebhooksRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """Send a signed test event now; its answer is shown and nothing is recorded."""
    door.spend(TESTS, visit.member.id)
    try:
        tested = await room.registry.test(visit.merchant_id, id_of(visit))
    except EndpointNotFound:
        raise Refused(NOT_FOUND) from None
    except UrlRefused as refused:
        return await page(room, door, visit, mistakes=(("main", refused.message),))
    return await page(room, door, visit, answer=answers.shown(tested), answered="A test event")


async def _noting(room: WebhooksRoom, door: Door, visit: Visit, deed: Deed) -> AbstractContextManager[Note]:
    return door.noting(visit.member, deed, host=host_of(await room.endpoint(visit)))


async def disable(room: WebhooksRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """Send nothing more; what is owed waits."""
    try:
        with await _noting(room, door, visit, Deed.WEBHOOK_DISABLED):
            endpoint = await room.registry.disable(visit.merchant_id, id_of(visit))
    except EndpointNotFound:
        raise Refused(NOT_FOUND) from None
    return door.go(f"{href(endpoint)}?said=disabled")


async def enable(room: WebhooksRoom, door: Door, visit: Visit, _form: Form) -> Response:
    """Send again, what waited first."""
    try:
        with await _noting(room, door, visit, Deed.WEBHOOK_ENABLED):
            endpoint = await room.registry.enable(visit.merchant_id, id_of(visit))
    except EndpointNotFound:
        raise Refused(NOT_FOUND) from None
    room.wake()
    return door.go(f"{href(endpoint)}?said=enabled")

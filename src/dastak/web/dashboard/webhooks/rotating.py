"""A new secret for an endpoint, and for how long the old one signs beside it.

In: a form with the overlap. Out: the endpoint's page with the new secret, which is shown this once.
"""

from datetime import timedelta

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks.endpoint_page import page
from dastak.web.dashboard.webhooks.room import WebhooksRoom, href, id_of
from dastak.web.endpoint_host import host_of
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.webhooks.registry import EndpointNotFound

OVERLAPS = (
    ("86400", "24 hours", "The usual choice: time to give your receiver the new secret."),
    ("3600", "1 hour", ""),
    ("604800", "7 days", "For receivers that are released rarely."),
    ("0", "None", "The old secret has leaked: it signs nothing from now on."),
)
"""Seconds, words, when to choose it."""


async def show_rotating(room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """The choice of an overlap."""
    endpoint = await room.endpoint(visit)
    return show(door, visit, "webhooks/rotate", endpoint=endpoint, href=href(endpoint), overlaps=OVERLAPS)


async def rotate(room: WebhooksRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Make the new secret."""
    chosen = form.get("overlap", "")
    if chosen not in {seconds for seconds, _, _ in OVERLAPS}:
        return door.go(f"{href(await room.endpoint(visit))}/secret")
    try:
        host = host_of(await room.endpoint(visit))
        with door.noting(visit.member, Deed.WEBHOOK_SECRET_ROTATED, host=host, overlap_seconds=chosen):
            endpoint = await room.registry.rotate_secret(
                visit.merchant_id, id_of(visit), timedelta(seconds=int(chosen))
            )
    except EndpointNotFound:
        raise Refused(NOT_FOUND) from None
    return await page(room, door, visit, secret=endpoint.secrets[0].secret)

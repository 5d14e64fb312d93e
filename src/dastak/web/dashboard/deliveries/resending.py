"""Sending one delivery again.

In: a post from its page. Out: the page, which says what became of the wish.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.web.dashboard.deliveries.one import delivery_of
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.deliveries.shown import HOME
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit
from dastak.web.form import Form
from dastak.webhooks.log import Resent

NEWS = {
    Resent.BEGUN: "resent",
    Resent.IN_FLIGHT: "in_flight",
    Resent.BODY_EXPIRED: "body_expired",
    Resent.IMPOSSIBLE: "impossible",
}


async def resend(room: Deliveries, door: Door, visit: Visit, form: Form) -> Response:
    """Begin a new round of attempts with the same bytes."""
    del form
    row = await delivery_of(room, visit)
    with door.noting(visit.member, Deed.DELIVERY_RESENT, event=row.event_id, endpoint=row.endpoint_id):
        resent = await room.log.resend(visit.merchant_id, row.id, visit.now)
    if resent is Resent.BEGUN:
        room.wake()
    return door.go(f"{HOME}/{row.id}?news={NEWS[resent]}")

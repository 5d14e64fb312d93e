"""One delivery: its attempts on a line of time, and one of them with all that was said.

In: a visit; the address names the delivery and, if it is not the last, the attempt. Out: the page. What was sent and
answered is for those who may read bodies, with personal data hidden; opening it is a post, and is noted.
"""

from collections.abc import Sequence

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.accounts.permission import Action
from dastak.web.dashboard.deliveries.exchange import Exchange, Keys, drawn, exchange
from dastak.web.dashboard.deliveries.log_page import tabs
from dastak.web.dashboard.deliveries.room import Deliveries
from dastak.web.dashboard.deliveries.shown import case_of, outcome_of
from dastak.web.dashboard.deliveries.timeline import timeline
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.webhooks.delivery import DeliveryState
from dastak.webhooks.endpoint import EndpointState
from dastak.webhooks.log import AttemptRow, DeliveryRow

NEWS: dict[str, tuple[str, str]] = {
    "resent": ("good", "It is on its way again: a new round of attempts with the same id and the same bytes."),
    "in_flight": ("note", "An attempt is under way. Send it again when its outcome is known."),
    "body_expired": ("note", "The body of this event was kept for its time and is gone: nothing is left to send."),
    "impossible": ("note", "Its endpoint was deleted: there is nowhere to send it."),
}
"""Word of the address → tone, and words."""


async def show_delivery(room: Deliveries, door: Door, visit: Visit) -> Response:
    """The page, with personal data hidden."""
    row = await delivery_of(room, visit)
    return await _page(room, door, visit, row, visit.request.query_params.get("attempt", ""), is_opened=False)


async def open_delivery(room: Deliveries, door: Door, visit: Visit, form: Form) -> Response:
    """The page with what was hidden."""
    row = await delivery_of(room, visit)
    attempt = form.get("attempt", "")
    await door.note(visit.member, Deed.DATA_VIEWED, row.journey_id, part="webhook", delivery=row.id, attempt=attempt)
    return await _page(room, door, visit, row, attempt, is_opened=True)


async def delivery_of(room: Deliveries, visit: Visit) -> DeliveryRow:
    """The delivery that the address names. Raises `Refused`, also for another merchant's."""
    row = await room.log.delivery(visit.merchant_id, visit.request.path_params["delivery_id"])
    if row is None:
        raise Refused(NOT_FOUND)
    return row


async def _page(
    room: Deliveries, door: Door, visit: Visit, row: DeliveryRow, number: str, *, is_opened: bool
) -> Response:
    attempts = await room.log.attempts(visit.merchant_id, row.id)
    chosen = _chosen(attempts, number)
    endpoint = await room.endpoints.endpoint(visit.merchant_id, row.endpoint_id)
    names = await room.names(visit.merchant_id, {row.endpoint_id})
    outcome, tone = outcome_of(row)
    may_read = visit.may(Action.DELIVERIES_READ_BODIES)
    return show(
        door,
        visit,
        "deliveries/one",
        tabs=tabs(""),
        row=row,
        outcome=outcome,
        tone=tone,
        endpoint=names.get(row.endpoint_id, row.endpoint_id),
        url=endpoint.url if endpoint else "",
        endpoint_is_there=endpoint is not None and endpoint.state is not EndpointState.DELETED,
        case=case_of(row),
        attempts=attempts,
        chosen=chosen,
        line=timeline(row.created_at, attempts, row.next_attempt_at),
        phases=drawn(chosen) if chosen else None,
        said=await _said(room, visit, row, chosen, is_opened=is_opened) if chosen and may_read else None,
        may_read=may_read,
        may_open=may_read and visit.may(Action.PERSONAL_READ),
        may_resend=visit.may(Action.DELIVERIES_RESEND) and row.state is not DeliveryState.CANCELLED,
        news=NEWS.get(visit.request.query_params.get("news", "")),
    )


def _chosen(attempts: Sequence[AttemptRow], number: str) -> AttemptRow | None:
    """The attempt of that number, else the last."""
    named = [attempt for attempt in attempts if str(attempt.number) == number]
    return next(reversed(named or attempts), None)


async def _said(room: Deliveries, visit: Visit, row: DeliveryRow, attempt: AttemptRow, *, is_opened: bool) -> Exchange:
    event = await room.log.event(visit.merchant_id, row.event_id)
    endpoint = await room.endpoints.endpoint(visit.merchant_id, row.endpoint_id)
    merchant = await room.merchants.merchant(visit.merchant_id)
    keys = Keys(merchant.keys if merchant else (), [secret.secret for secret in endpoint.secrets] if endpoint else [])
    return exchange(attempt, event, endpoint, keys, public_url=room.public_url, is_opened=is_opened)

"""The settings of an endpoint: which events, when again, how fast; and the schedule drawn as it is typed.

In: a form, or a query with what is typed about retries. Out: the form's page, a redirect, or the drawing alone.
"""

from starlette.responses import Response

from dastak.accounts.deed import Deed
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks.choices import event_choices
from dastak.web.dashboard.webhooks.noting import changes
from dastak.web.dashboard.webhooks.room import WebhooksRoom, href, id_of
from dastak.web.dashboard.webhooks.schedule import drawn, whole
from dastak.web.dashboard.webhooks.typed import Mistakes, Typed, changed_settings, policy_of, typed_as, typed_of
from dastak.web.endpoint_host import host_of
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.webhooks.endpoint import Endpoint
from dastak.webhooks.registry import EndpointChange, EndpointNotFound, changed_by

DRAW = "draw"
"""The button's name that only draws what is typed."""


async def show_settings(room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """The form as the endpoint is set."""
    endpoint = await room.endpoint(visit)
    return _page(door, visit, endpoint, typed_as(endpoint), [])


async def save_settings(room: WebhooksRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Save; what cannot be is shown again as it was typed."""
    endpoint = await room.endpoint(visit)
    typed = typed_of(form)
    change, mistakes = changed_settings(typed)
    if change is None or DRAW in form:
        return _page(door, visit, endpoint, typed, mistakes)
    try:
        await _change(room, door, visit, endpoint, change)
    except EndpointNotFound:
        raise Refused(NOT_FOUND) from None
    return door.go(f"{href(endpoint)}?said=saved")


async def _change(room: WebhooksRoom, door: Door, visit: Visit, endpoint: Endpoint, change: EndpointChange) -> None:
    news = changes(endpoint, changed_by(endpoint, change))
    if news:
        with door.noting(visit.member, Deed.WEBHOOK_CHANGED, host=host_of(endpoint), **news):
            await room.registry.change(visit.merchant_id, id_of(visit), change)


async def show_schedule(_room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """The drawing alone, for the script that redraws while somebody types."""
    typed = typed_of(visit.request.query_params)
    return show(door, visit, "webhooks/schedule_part", 200, **_schedule(typed))


def _page(door: Door, visit: Visit, endpoint: Endpoint, typed: Typed, mistakes: Mistakes) -> Response:
    return show(
        door,
        visit,
        "webhooks/settings",
        422 if mistakes else 200,
        endpoint=endpoint,
        href=href(endpoint),
        typed=typed,
        choices=event_choices(),
        mistakes=tuple(mistakes),
        wrong={field for field, _ in mistakes},
        **_schedule(typed),
    )


def _schedule(typed: Typed) -> dict[str, object]:
    try:
        policy = policy_of(typed)
    except ValueError as error:
        return {"schedule": None, "whole": str(error)}
    return {"schedule": drawn(policy), "whole": whole(policy)}

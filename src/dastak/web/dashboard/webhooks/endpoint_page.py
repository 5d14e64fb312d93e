"""One endpoint: how it does, how it is set, its secrets, and what can be done about it.

In: a visit; what an act came to, from `acts`. Out: the page.
"""

from starlette.responses import Response

from dastak.web.dashboard.door import Door
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks import answers, charts
from dastak.web.dashboard.webhooks.room import PATH, WebhooksRoom, href
from dastak.web.dashboard.webhooks.schedule import drawn, whole
from dastak.web.dashboard.webhooks.standing import shown
from dastak.webhooks.endpoint import Endpoint, EndpointState
from dastak_sdk import EVENT_TYPES

NOTICES = {
    "saved": "The settings are saved. Deliveries that are owed already keep being owed.",
    "disabled": "The endpoint is disabled: nothing is sent to it, and events wait.",
    "enabled": "The endpoint is enabled: what waited is being sent, what waited longest first.",
}
RETRY = {"standard": "Standard", "compat": "Compatible with the hosted provider", "custom": "Your own waits"}


async def show_endpoint(room: WebhooksRoom, door: Door, visit: Visit) -> Response:
    """The page as it is."""
    return await page(room, door, visit)


async def page(
    room: WebhooksRoom,
    door: Door,
    visit: Visit,
    *,
    answer: answers.Shown | None = None,
    answered: str = "",
    secret: str = "",
    mistakes: tuple[tuple[str, str], ...] = (),
) -> Response:
    """The page, with what an act came to.

    Args:
        room: what it works on.
        door: the dashboard's.
        visit: whose it is.
        answer: what a test or a sample came to.
        answered: what was sent.
        secret: a new secret, to be shown this once.
        mistakes: what could not be done.
    """
    seen = await room.one(visit)
    endpoint = seen.endpoint
    return show(
        door,
        visit,
        "webhooks/endpoint",
        422 if mistakes or (answer is not None and not answer.passed) else 200,
        endpoint=endpoint,
        standing=shown(seen, room.rules, visit.now),
        is_on=endpoint.state is EndpointState.ENABLED,
        attempts=charts.attempts(seen.hours, visit.now, visit.zone),
        times=charts.times(seen.hours, visit.now, visit.zone),
        has_hours=bool(seen.hours),
        window_now=seen.health.window_now,
        events=events_said(endpoint),
        retry=RETRY.get(endpoint.retry.preset, endpoint.retry.preset),
        schedule=drawn(endpoint.retry),
        whole=whole(endpoint.retry),
        secrets=[(f"{one.secret[:10]}…", one, one.signs_at(visit.now)) for one in endpoint.secrets],
        path=PATH,
        href=href(endpoint),
        notice=NOTICES.get(visit.request.query_params.get("said", ""), ""),
        mistakes=mistakes,
        answer=answer,
        answered=answered,
        secret=secret,
    )


def events_said(endpoint: Endpoint) -> list[str]:
    """Which events it gets: their types, or one word for all of them."""
    types = set(endpoint.event_types)
    if not types or types >= EVENT_TYPES.keys():
        more = [name for name in endpoint.event_types if name not in EVENT_TYPES]
        return ["Every event of KYC Link and Video KYC", *more]
    return list(endpoint.event_types)

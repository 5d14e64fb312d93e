"""The event catalogue, and "send me one of these".

In: a visit; a form with the endpoint that gets the sample. Out: the pages, and what the endpoint answered.
"""

from starlette.responses import Response

from dastak.web.dashboard.developers.catalogue import Entry, entries, entry
from dastak.web.dashboard.developers.room import EVENTS, DevelopersRoom, tabs
from dastak.web.dashboard.door import Door
from dastak.web.dashboard.refusal import NOT_FOUND
from dastak.web.dashboard.signed_in import Visit, show
from dastak.web.dashboard.webhooks import answers
from dastak.web.dashboard.webhooks.adding import TESTS
from dastak.web.form import Form
from dastak.web.refusal import Refused
from dastak.webhooks.post import UrlRefused
from dastak.webhooks.registry import EndpointNotFound

NO_ENDPOINT = "Choose one of your endpoints."


async def show_events(_room: DevelopersRoom, door: Door, visit: Visit) -> Response:
    """All of them."""
    groups: dict[str, list[Entry]] = {}
    for one in entries():
        groups.setdefault(one.group, []).append(one)
    return show(door, visit, "developers/events", tabs=tabs(EVENTS), groups=groups, path=EVENTS)


async def show_event(room: DevelopersRoom, door: Door, visit: Visit) -> Response:
    """One."""
    return await _page(room, door, visit, _entry(visit))


async def send_sample(room: DevelopersRoom, door: Door, visit: Visit, form: Form) -> Response:
    """Send a sample now, and show the answer."""
    shown = _entry(visit)
    door.spend(TESTS, visit.member.id)
    chosen = form.get("endpoint", "")
    try:
        tested = await room.registry.send_sample(visit.merchant_id, chosen, shown.type)
    except EndpointNotFound:
        return await _page(room, door, visit, shown, chosen, mistakes=(("endpoint", NO_ENDPOINT),))
    except UrlRefused as refused:
        return await _page(room, door, visit, shown, chosen, mistakes=(("endpoint", refused.message),))
    return await _page(room, door, visit, shown, chosen, answer=answers.shown(tested))


def _entry(visit: Visit) -> Entry:
    found = entry(visit.request.path_params["event_type"])
    if found is None:
        raise Refused(NOT_FOUND)
    return found


async def _page(
    room: DevelopersRoom,
    door: Door,
    visit: Visit,
    shown: Entry,
    chosen: str = "",
    *,
    answer: answers.Shown | None = None,
    mistakes: tuple[tuple[str, str], ...] = (),
) -> Response:
    return show(
        door,
        visit,
        "developers/event",
        422 if mistakes or (answer is not None and not answer.passed) else 200,
        tabs=tabs(EVENTS),
        entry=shown,
        rows=room.reference.event_rows(shown.type),
        endpoints=await room.registry.list(visit.merchant_id),
        chosen=chosen or visit.request.query_params.get("endpoint", ""),
        answer=answer,
        mistakes=mistakes,
        path=EVENTS,
    )
